"""A service of one's own, as an admin runs it, whose processes may be killed, and clients that keep a ledger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

VERSION = {"X-Experience-API-Version": "1.0.3"}
DEADLINE_S = 60
MAKE_CREDENTIAL = """
import uuid
from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from scripts.session import open_database
with open_database() as database:
    print(*create_credential(database, create_store(database, uuid.uuid4().hex), "test"))
"""
BATCH = 7


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a condition; return what it gave."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


@dataclass
class Service:
    """One `scripts.serve` over a folder of its own."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def start(self) -> Service:
        environment = {
            **os.environ,
            "MONGODB_URI": "",
            "LEARNERPRISE_DATA": str(self.folder / "data"),
            "LEARNERPRISE_PORT": "0",
            "LEARNERPRISE_LOG_LEVEL": "WARNING",
            **self.settings,
        }
        self.log = self.folder / f"{uuid.uuid4().hex}.log"
        with self.log.open("wb") as out:
            command = [sys.executable, "-m", "scripts.serve"]
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        line = until(self._announced, f"the service: {self.log.read_text()}")
        self.url = line.split()[-1]
        return self

    def _announced(self) -> str | None:
        assert self.process.poll() is None, self.log.read_text()
        return next((line for line in self.log.read_text().splitlines() if line.startswith("Serving")), None)

    def database(self) -> psutil.Process:
        return next(child for child in self._children() if _is_database(child))

    def workers(self) -> list[psutil.Process]:
        return [child for child in self._children() if _runs(child, "scripts.web_server.worker")]

    def counting(self) -> list[psutil.Process]:
        """Return the process that counts figures, if it runs."""
        return [child for child in self._children() if _runs(child, "scripts.web_server.counting")]

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def uri(self) -> str:
        return self.settings.get("MONGODB_URI") or (self.folder / "data" / "uri").read_text()

    def is_ready(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/health/ready", timeout=30).status_code == 200
        return False

    def kill(self) -> None:
        """Kill everything at once, as a power cut does."""
        everything = psutil.Process(self.process.pid).children(recursive=True)
        for process in (psutil.Process(self.process.pid), *everything):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(DEADLINE_S)
        psutil.wait_procs(everything, DEADLINE_S)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE_S)

    def credential(self) -> tuple[str, str]:
        """Make a store and a credential, in a process of its own: a process has but one connection."""
        environment = {**os.environ, "MONGODB_URI": self.uri()}
        made = subprocess.run(
            [sys.executable, "-c", MAKE_CREDENTIAL], env=environment, stdout=subprocess.PIPE
        )
        key, secret = made.stdout.decode().split()
        return key, secret


def _is_database(process: psutil.Process) -> bool:
    return "secantusd" in process.name()


def _runs(process: psutil.Process, module: str) -> bool:
    with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
        return module in process.cmdline()
    return False


@dataclass
class Ledger:
    """What a client was told: ids acknowledged, the ids of each batch sent, how requests ended."""

    acknowledged: set[str] = field(default_factory=set)
    batches: list[set[str]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    refused_without_hint: list[str] = field(default_factory=list)
    slowest: float = 0.0


class Load:
    """Clients that write without pause, singly and in batches, until told to stop."""

    def __init__(self, url: str, auth: tuple[str, str], clients: int = 6) -> None:
        self._url, self._auth = url, auth
        self._stopping = threading.Event()
        self.ledgers = [Ledger() for _ in range(clients)]
        self._threads = [threading.Thread(target=self._write, args=[ledger]) for ledger in self.ledgers]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(DEADLINE_S)

    def _write(self, ledger: Ledger) -> None:
        turn = 0
        with requests.Session() as session:
            session.auth = self._auth
            while not self._stopping.is_set():
                turn += 1
                self._send(session, ledger, [statement() for _ in range(BATCH if turn % 2 else 1)])

    def _send(self, session: requests.Session, ledger: Ledger, batch: list[dict[str, Any]]) -> None:
        ids = {item["id"] for item in batch}
        ledger.batches.append(ids)
        began = time.monotonic()
        try:
            answer = session.post(
                f"{self._url}/xapi/statements", json=batch, headers=VERSION, timeout=DEADLINE_S
            )
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            ledger.outcomes["connection lost"] += 1
            self._stopping.wait(0.05)
            return
        finally:
            ledger.slowest = max(ledger.slowest, time.monotonic() - began)
        note(ledger, answer, ids)

    def acknowledged(self) -> int:
        return sum(len(ledger.acknowledged) for ledger in self.ledgers)

    def goes_on(self, more: int = 60) -> None:
        """Wait until so many more Statements are acknowledged."""
        wanted = self.acknowledged() + more
        until(lambda: self.acknowledged() >= wanted, f"{more} more Statements")

    def outcomes(self) -> Counter[str]:
        return sum((ledger.outcomes for ledger in self.ledgers), Counter())

    def slowest(self) -> float:
        return max(ledger.slowest for ledger in self.ledgers)


def note(ledger: Ledger, answer: requests.Response, ids: set[str]) -> None:
    ledger.outcomes[str(answer.status_code)] += 1
    if answer.status_code == 200:
        ledger.acknowledged |= ids
    elif not (answer.status_code == 503 and answer.headers.get("Retry-After")):
        ledger.refused_without_hint.append(f"{answer.status_code} {answer.text[:300]}")


def statement() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": "https://example.org/verbs/read"},
        "object": {"id": "https://example.org/nuggets/1"},
    }


def stored_ids(url: str, auth: tuple[str, str]) -> list[str]:
    """Return the ids of all Statements, through all pages."""
    found, path = [], "/xapi/statements?limit=500"
    with requests.Session() as session:
        while path:
            page = until(lambda: _page(session, url + path, auth), "a page")  # noqa: B023
            found += [item["id"] for item in page["statements"]]
            path = page["more"]
    return found


def _page(session: requests.Session, url: str, auth: tuple[str, str]) -> dict[str, Any] | None:
    """Return a page; None while the service asks to come again."""
    answer = session.get(url, headers=VERSION, auth=auth, timeout=DEADLINE_S)
    if answer.status_code == 503 and answer.headers.get("Retry-After"):
        return None
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


@contextmanager
def making_services(folder: Path) -> Iterator[Callable[..., Service]]:
    """Start services over a folder; stop them at the end."""
    made: list[Service] = []

    def make(**settings: str) -> Service:
        made.append(Service(folder, settings).start())
        return made[-1]

    yield make
    for service in made:
        service.stop()


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    with making_services(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def make_lasting_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Start services that all tests of a module use."""
    with making_services(tmp_path_factory.mktemp("services")) as make:
        yield make


@pytest.fixture(name="until")
def give_until() -> Callable[..., Any]:
    return until


@pytest.fixture
def load_on() -> Callable[..., Load]:
    """Make clients that write to a service for the length of a block."""
    return lambda service, auth, clients=6: Load(service.url, auth, clients)


@pytest.fixture(name="statement")
def give_statement() -> Callable[[], dict[str, Any]]:
    return statement


@pytest.fixture
def headers() -> dict[str, str]:
    return dict(VERSION)


@pytest.fixture(name="stored_ids")
def give_stored_ids() -> Callable[..., list[str]]:
    return stored_ids


@pytest.fixture
def assert_nothing_lost() -> Callable[..., None]:
    """Everything acknowledged is there, once; of each batch all or nothing; who was refused was told to come again."""

    def check(load: Load, service: Service, auth: tuple[str, str]) -> None:
        found = stored_ids(service.url, auth)
        kept = set(found)
        assert len(found) == len(kept)
        for ledger in load.ledgers:
            assert ledger.refused_without_hint == []
            assert ledger.acknowledged <= kept
            assert [ids for ids in ledger.batches if 0 < len(ids & kept) < len(ids)] == []

    return check
