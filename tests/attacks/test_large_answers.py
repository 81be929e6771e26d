"""Large Statements and definitions: every answer, training and recommendation ends at bytes, and nothing fails.

`ATTACK_SCALE=7` is beyond the full size: 2,100 Statements of 100 KB, 28 of the largest, 392 definitions of 900 KB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

SCALE = float(os.environ.get("ATTACK_SCALE", "0.5"))
MEDIUM, LARGEST, DEFINED, TINY = (int(number * SCALE) for number in (300, 4, 56, 12))
MEDIUM_BYTES, LARGEST_BYTES, DEFINED_BYTES = 100_000, 4_190_000, 900_000
LEARNERS, SMALL_NUGGETS = 20, 31
PAGE_BYTES, ROOM_BYTES = 8 * 1024 * 1024, 250 * 1024 * 1024
VERBS = ("http://adlnet.gov/expapi/verbs/completed", "http://adlnet.gov/expapi/verbs/attempted")
ADA = "mailto:learner3@example.org"
COURSE = "http://adlnet.gov/expapi/activities/course"
ADMIN = """
from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from scripts.session import open_database
with open_database() as database:
    print(*create_credential(database, create_store(database, "acme"), "test"))
"""


@dataclass
class Service:
    """One `scripts.serve` with one worker and a database of its own."""

    folder: Path
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.environment = {
            **os.environ,
            "MONGODB_URI": "",
            "LEARNERPRISE_DATA": str(self.folder / "data"),
            "LEARNERPRISE_PORT": "0",
            "LEARNERPRISE_WORKERS": "1",
            "LEARNERPRISE_LOG_LEVEL": "WARNING",
            "RECOMMENDER_EPOCHS": "3",
            "RECOMMENDER_DIMENSIONS": "8",
        }

    def __enter__(self) -> Service:
        self.log = self.folder / "service.log"
        with self.log.open("wb") as out:
            line = [sys.executable, "-m", "scripts.serve"]
            self.process = subprocess.Popen(line, env=self.environment, stdout=out, stderr=out)
        deadline = time.monotonic() + 60
        while "Serving at" not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        self.url = self.log.read_text().partition("Serving at ")[2].split()[0]
        made = self.run("-c", ADMIN)
        assert made.returncode == 0, made.stderr
        self.session.auth = tuple(made.stdout.split()[-2:])
        self.session.headers.update({"X-Experience-API-Version": "1.0.3", "Accept-Encoding": "identity"})
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        self.process.terminate()
        self.process.wait(60)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in this environment, as an admin runs commands."""
        return subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, timeout=280
        )

    def worker(self) -> psutil.Process:
        children = psutil.Process(self.process.pid).children(recursive=True)
        [worker] = [child for child in children if "scripts.web_server.worker" in child.cmdline()]
        return worker

    def get(self, path: str, **parameters: str) -> requests.Response:
        """Return an answer that must be one."""
        answer = self.session.get(self.url + path, params=parameters, timeout=120)
        assert answer.status_code == 200, (path, parameters, answer.status_code, answer.text[:300])
        return answer

    def store(self, statements: list[dict[str, Any]]) -> None:
        for group in groups(statements):
            for _ in range(50):
                answer = self.session.post(f"{self.url}/xapi/statements", json=group, timeout=120)
                if answer.status_code != 503:
                    break
                time.sleep(int(answer.headers["Retry-After"]))
            assert answer.status_code == 200, (answer.status_code, answer.text[:300])


def groups(statements: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield batches of a few MB."""
    group: list[dict[str, Any]] = []
    size = 0
    for statement in statements:
        weight = len(json.dumps(statement))
        if group and (size + weight > 4_000_000 or len(group) == 100):
            yield group
            group, size = [], 0
        group.append(statement)
        size += weight
    yield group


def peak_bytes(process: psutil.Process) -> int:
    """Return the most memory a process ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def text(size: int) -> str:
    """Return a text of so many bytes that no compression makes small."""
    return os.urandom(size // 2).hex()


def statement(number: int, target: dict[str, Any], size: int = 0) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": f"mailto:learner{number % LEARNERS}@example.org", "name": f"Learner {number}"},
        "verb": {"id": VERBS[number % 7 == 0]},
        "object": target,
        "timestamp": f"2026-01-{number // 60 % 28 + 1:02}T10:{number % 60:02}:00Z",
    }
    if size:
        made["context"] = {"extensions": {"https://example.org/padding": text(size)}}
    return made


def nugget(number: int) -> dict[str, Any]:
    definition = {"type": COURSE, "name": {"en": f"Nugget {number}"}}
    return {"id": f"https://example.org/nuggets/{number}", "definition": definition}


def defined(number: int, size: int = 0) -> dict[str, Any]:
    """Return an Activity; its definition is large in a description or in an extension."""
    target: dict[str, Any] = {"id": f"https://example.org/defined/{number}"}
    if size and number % 2:
        target["definition"] = {
            "type": COURSE,
            "name": {"en": f"D{number}"},
            "description": {"en": text(size)},
        }
    elif size:
        extensions = {"https://example.org/padding": text(size)}
        target["definition"] = {"type": COURSE, "name": {"en": f"D{number}"}, "extensions": extensions}
    return target


def everything() -> list[dict[str, Any]]:
    """Return all Statements; the tiny ones are about the large definitions."""
    many = [statement(n, nugget(n % SMALL_NUGGETS), MEDIUM_BYTES) for n in range(MEDIUM)]
    large = [statement(n, nugget(n), LARGEST_BYTES - 2000) for n in range(LARGEST)]
    defining = [statement(n, defined(n, DEFINED_BYTES)) for n in range(DEFINED)]
    tiny = [statement(n, defined(n % DEFINED)) for n in range(TINY)]
    return [*many, *large, *defining, *tiny]


def all_pages(service: Service, **query: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield the size and the Statements of page after page, as `more` leads through them."""
    answer = service.get("/xapi/statements", **query)
    while True:
        page = answer.json()
        yield len(answer.content), page["statements"]
        if not page["more"]:
            return
        answer = service.get(page["more"])


def check_pages(service: Service, ids: list[str], **query: str) -> None:
    """Require that pages hold each Statement once, in order, and end at bytes."""
    found: list[str] = []
    for size, statements in all_pages(service, **query):
        assert statements
        assert size <= PAGE_BYTES + 1_000_000 or len(statements) == 1
        found += [one["id"] for one in statements]
    assert found == ids


def check_recommendations(service: Service) -> None:
    for number in (0, 1):
        agent = json.dumps({"mbox": f"mailto:learner{number}@example.org"})
        assert service.get("/recommendations/nuggets", agent=agent, limit="100").json()["recommendations"]
        service.get("/recommendations/peers", agent=agent)
    listed = service.get("/recommendations/catalogue/nuggets", limit="500")
    assert listed.json()["nuggets"]
    assert len(listed.content) < PAGE_BYTES
    service.session.headers["Accept"] = "text/csv"
    assert service.get("/recommendations/catalogue/nuggets", shown="true").text.count("\n") > 1
    service.session.headers["Accept"] = "*/*"


@pytest.mark.timeout(900)
def test_however_large_statements_and_definitions_are_everything_is_answered(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        statements = everything()
        ids = [one["id"] for one in statements]
        hers = [one for one in statements if one["actor"]["mbox"] == ADA]
        mine = [one["id"] for one in hers]
        completed = [one["id"] for one in hers if one["verb"]["id"] == VERBS[0]]
        service.store(statements)
        del statements, hers
        worker = service.worker()
        before = peak_bytes(worker)
        check_recommendations(service)  # by popularity, of Statements that nothing has read yet
        check_pages(service, ids, format="canonical", ascending="true")
        check_pages(service, ids, format="ids", ascending="true")
        check_pages(service, ids[::-1])
        assert len(service.get("/xapi/statements", attachments="true").content) < PAGE_BYTES + 1_000_000
        agent = json.dumps({"mbox": ADA})
        check_pages(service, mine[::-1], agent=agent, related_agents="true", format="ids")
        check_pages(service, completed[::-1], agent=agent, verb=VERBS[0])
        for command in ("retrain", "evaluate"):
            done = service.run("-m", "scripts.cli", command, "acme")
            assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
        check_recommendations(service)
        assert peak_bytes(worker) - before < ROOM_BYTES
