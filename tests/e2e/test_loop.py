"""Statement in, recommendation out: over HTTP, through the commands, on servers that go on running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from lrs.auth.stores import Store, set_consent
from lrs.storage.database import Database
from schemas.json_text import dump_json

VERBS = "http://adlnet.gov/expapi/verbs/"
SUBJECTS, PER_SUBJECT, LEARNERS, TAKEN = 4, 10, 80, 6


def agent_of(name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "name": name.title(), "mbox": f"mailto:{name}@acme.example"}


def completed(name: str, item: str, minute: int = 0) -> dict[str, Any]:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_760_000_000 + 60 * minute))
    definition = {"type": "http://adlnet.gov/expapi/activities/course", "name": {"en": f"About {item}"}}
    return {
        "id": str(uuid.uuid4()),
        "actor": agent_of(name),
        "verb": {"id": VERBS + "completed"},
        "object": {"id": f"https://acme.example/{item}", "definition": definition},
        "timestamp": stamp,
    }


def organisation() -> Iterator[dict[str, Any]]:
    """Learners who each take nuggets of one subject, in an order of their own."""
    random = np.random.default_rng(3)
    for learner in range(LEARNERS):
        subject = learner % SUBJECTS
        chosen = random.permutation(PER_SUBJECT)[:TAKEN]
        for minute, number in enumerate(chosen):
            yield completed(f"learner{learner}", f"s{subject}n{number}", learner + 100 * minute)


def post_organisation(client: Any) -> Any:
    """Post the Statements, again with the same ids while the service is too busy (503)."""
    statements = list(organisation())
    deadline = time.monotonic() + 60
    while True:
        answer = client.post("/xapi/statements", json=statements)
        if answer.status_code != 503 or time.monotonic() > deadline:
            assert answer.status_code == 200, answer.text
            return answer
        time.sleep(float(answer.headers["Retry-After"]))


@pytest.fixture
def ask(client: Any) -> Callable[..., list[dict[str, Any]]]:
    def get(resource: str, name: str, limit: int = 5) -> list[dict[str, Any]]:
        agent = dump_json(agent_of(name)).decode()
        answer = client.get(f"/recommendations/{resource}", params={"agent": agent, "limit": limit})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["recommendations"]
        return found

    return get


@pytest.fixture
def retrain(database_uri: str, store: Store) -> Callable[[], str]:
    def run() -> str:
        environment = {**os.environ, "MONGODB_URI": database_uri, "RECOMMENDER_DIMENSIONS": "16"}
        line = [sys.executable, "-m", "scripts.retrain", store.name]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["activity"]["id"].removeprefix("https://acme.example/") for one in found]


def until(holds: Callable[[], bool]) -> bool:
    """Wait for other processes to follow, twenty seconds at most."""
    deadline = time.monotonic() + 20
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_the_whole_loop(
    client: Any, store: Store, ask: Callable[..., list[dict[str, Any]]], retrain: Callable[[], str]
) -> None:
    assert ask("nuggets", "learner0") == []
    assert post_organisation(client).status_code == 200
    assert until(lambda: len(ask("nuggets", "stranger")) == 5), "popular nuggets without a model"

    table = retrain()
    assert "LightFM" in table
    assert "popularity" in table
    assert "promoted: learners with a past" in table

    assert until(lambda: all(name.startswith("s0") for name in ids(ask("nuggets", "learner0", 3))))
    first = ask("nuggets", "learner0", 3)
    assert [one["rank"] for one in first] == [1, 2, 3]
    assert all(one["reasons"] for one in first)

    top = ids(first)[0]
    assert client.post("/xapi/statements", json=completed("learner0", top)).status_code == 200
    assert top not in ids(ask("nuggets", "learner0", 40)), "completed a moment ago"

    before = ids(ask("nuggets", "newcomer", 4))
    assert client.post("/xapi/statements", json=completed("newcomer", "s2n0")).status_code == 200
    after = ids(ask("nuggets", "newcomer", 4))
    assert after != before
    assert all(name.startswith("s2") for name in after), "the first Statement counts at once"


def test_a_voided_completion_is_recommended_again(
    client: Any, ask: Callable[..., list[dict[str, Any]]], retrain: Callable[[], str]
) -> None:
    post_organisation(client)
    retrain()
    assert until(lambda: len(ask("nuggets", "learner1", 3)) == 3)
    done = completed("learner1", ids(ask("nuggets", "learner1", 1))[0])
    client.post("/xapi/statements", json=done)
    item = ids([{"activity": done["object"]}])[0]
    assert item not in ids(ask("nuggets", "learner1", 40))
    void = {
        "actor": agent_of("admin"),
        "verb": {"id": VERBS + "voided"},
        "object": {"objectType": "StatementRef", "id": done["id"]},
    }
    assert client.post("/xapi/statements", json=void).status_code == 200
    assert item in ids(ask("nuggets", "learner1", 40))


def test_only_peers_who_agreed_are_suggested(
    database: Database,
    client: Any,
    store: Store,
    ask: Callable[..., list[dict[str, Any]]],
    retrain: Callable[[], str],
) -> None:
    post_organisation(client)
    retrain()
    assert ask("peers", "learner0") == []
    agent = dump_json(agent_of("learner4")).decode()
    choice = client.put("/recommendations/consents", params={"agent": agent}, json={"peer": True})
    assert choice.status_code == 200, choice.text
    assert until(lambda: len(ask("peers", "learner0")) == 1)
    peer = ask("peers", "learner0")[0]
    assert peer["agent"]["mbox"] == "mailto:learner4@acme.example"
    assert peer["reasons"]
    set_consent(database, store, "peer", "off")
    assert ask("peers", "learner0") == []


@pytest.mark.parametrize(
    "result",
    [
        {"extensions": {"https://w3id.org/xapi/video/extensions/progress": 10**400}},
        {"score": {"min": -(10**400), "max": 0.5, "raw": 0.1}},
    ],
)
def test_numbers_that_no_float_can_hold_are_passed_over(
    client: Any, ask: Callable[..., list[dict[str, Any]]], retrain: Callable[[], str], result: dict[str, Any]
) -> None:
    odd = {**completed("learner0", "s0n0"), "result": result}
    assert client.post("/xapi/statements", json=[odd, *organisation()]).status_code == 200
    assert until(lambda: len(ask("nuggets", "stranger")) == 5)
    assert "promoted" in retrain()
    assert len(ask("nuggets", "learner0")) == 5
