"""Recommendations act at once: over HTTP, with two processes, and nobody runs a command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from hashlib import sha1
from typing import Any

import pytest
import requests

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.training.jobs import retrain

Body = dict[str, Any]
Act = Callable[..., Body]
Send = Callable[[list[Body]], None]
AT_ONCE_S = 1.0
ASKED_AFTERWARDS = 12
"""Each request is a connection of its own, so that both processes are asked."""


@pytest.fixture
def ask_all(
    server_url: str, client: Any, params: Callable[..., dict[str, str]]
) -> Callable[..., list[set[str]]]:
    """Ask several times, by new connections; return what each answer shows."""

    def ask(name: str = "ann", **more: str) -> list[set[str]]:
        found = []
        for _ in range(ASKED_AFTERWARDS):
            query, address = params(name, limit="50", **more), f"{server_url}/recommendations/nuggets"
            answer = requests.get(
                address, query, auth=client.auth, headers={"Connection": "close"}, timeout=60
            )
            assert answer.status_code == 200, answer.text
            shown = (one["activity"]["id"] for one in answer.json()["recommendations"])
            found.append({one.rsplit("/", 1)[-1] for one in shown})
        return found

    return ask


@pytest.fixture
def change(client: Any, url: Callable[[str], str]) -> Callable[..., None]:
    """Enter other values of a nugget."""

    def put(name: str, **values: Any) -> None:
        answer = client.put(
            "/recommendations/catalogue/nuggets", params={"activity": url(name)}, json=values, headers=ANY
        )
        assert answer.status_code == 204, answer.text

    return put


ANY = {"If-Match": "*"}


@pytest.fixture(params=["with a model", "without one"])
def asked_about(
    request: pytest.FixtureRequest,
    ask_all: Any,
    enter: Any,
    post: Send,
    act: Act,
    database: Database,
    store: Store,
) -> Iterator[None]:
    """A store whose nuggets are shown by both processes, with a model or by popularity."""
    post([act(f"p{number}", "completed", item, number) for number in range(4) for item in ("a", "b", "c")])
    if request.param == "with a model":
        _retrain(database, store)
    enter(new={}, other={})
    _wait(lambda: all({"a", "new"} <= one for one in ask_all()))
    yield


def _retrain(database: Database, store: Store) -> None:
    retrain(database, store, Settings(), lambda line: None, force=True)


def _wait(holds: Callable[[], bool], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline


@pytest.mark.usefixtures("asked_about")
def test_a_nugget_closes_everywhere_at_once(
    client: Any, ask_all: Any, change: Any, enter: Any, url: Callable[[str], str]
) -> None:
    enter(a={"hidden": True})
    change("new", hidden=True)
    change("other", title={"en": "Other"}, valid_until="2020-01-01T00:00:00Z")
    time.sleep(AT_ONCE_S)
    assert not set.union(*ask_all()) & {"a", "new", "other"}
    gone = client.request(
        "DELETE", "/recommendations/catalogue/nuggets", params={"activity": url("new")}, headers=ANY
    )
    assert gone.status_code == 204
    change("a", title={"en": "A"})
    _wait(lambda: all("a" in one and "new" not in one for one in ask_all()))


@pytest.mark.usefixtures("asked_about")
def test_what_all_statements_about_were_voided_is_withdrawn(ask_all: Any, state: Send, act: Act) -> None:
    taken = [act(f"p{number}", "completed", "hot", number) for number in range(3)]
    state(taken)
    _wait(lambda: all("hot" in one for one in ask_all()))
    state([act("boss", "voided", {"objectType": "StatementRef", "id": one["id"]}) for one in taken])
    _wait(lambda: not any("hot" in one for one in ask_all()))


def test_statements_that_a_training_knew_are_taken_back_too(
    ask_all: Any, state: Send, post: Send, act: Act, database: Database, store: Store
) -> None:
    taken = [act(f"p{number}", "completed", "a", number) for number in range(3)]
    post([*taken, *(act(f"p{number}", "completed", "b", number) for number in range(3))])
    _retrain(database, store)
    _wait(lambda: all({"a", "b"} <= one for one in ask_all()))
    state([act("boss", "voided", {"objectType": "StatementRef", "id": one["id"]}) for one in taken])
    _wait(lambda: not any("a" in one for one in ask_all()))
    assert all("b" in one for one in ask_all())


def test_a_hot_new_nugget_is_shown_soon_after_a_training(
    ask_all: Any,
    client: Any,
    params: Any,
    state: Send,
    act: Act,
    organisation: Any,
    database: Database,
    store: Store,
) -> None:
    _retrain(database, store)
    _wait(lambda: len(ask_all("learner000")[0]) > 0)
    takers = sorted(organisation)[1::2]
    state([act(name, "completed", "hot", 9000 + number) for number, name in enumerate(takers)])
    state([act(f"late{number}", "completed", "hot", 9100 + number) for number in range(170)])
    for name in ("somebody", "learner000", "learner002", "learner004"):
        _wait(lambda name=name: "hot" in _first_twenty(client, params, name))
    found = client.get("/recommendations/nuggets", params=params("somebody")).json()["recommendations"]
    assert found[0]["activity"]["id"].endswith("/hot")
    _wait(lambda: all("hot" in one for one in ask_all()))


def _first_twenty(client: Any, params: Any, name: str) -> set[str]:
    """Return what a learner is offered; how far up depends on the weights that the training chose."""
    asked = {**params(name), "limit": 20}
    found = client.get("/recommendations/nuggets", params=asked).json()["recommendations"]
    return {one["activity"]["id"].rsplit("/", 1)[-1] for one in found}


def test_nameless_posts_are_never_shown(ask_all: Any, state: Send, act: Act) -> None:
    thread = {
        "id": "https://acme.example/t",
        "definition": {"type": "http://id.tincanapi.com/activitytype/discussion"},
    }
    named = {**thread, "id": "https://acme.example/named"}
    named["definition"] = {**thread["definition"], "name": {"en": "How to join?"}}
    state([act(f"p{number}", "liked", one, number) for number in range(3) for one in (thread, named)])
    _wait(lambda: all(one == {"named"} for one in ask_all()))


def test_somebody_who_completed_by_the_hash_of_the_address_has_completed_it(
    ask_all: Any, state: Send, act: Act, agent: Callable[[str], Body]
) -> None:
    hashed = {"mbox_sha1sum": sha1(agent("ann")["mbox"].encode()).hexdigest()}
    state([act("ben", "completed", item) for item in ("a", "b")])
    _wait(lambda: ask_all() == [{"a", "b"}] * ASKED_AFTERWARDS)
    state([{**act("ann", "completed", "a"), "actor": hashed}])
    _wait(lambda: ask_all() == [{"b"}] * ASKED_AFTERWARDS)
    state([act("ann", "completed", "b")])
    _wait(lambda: ask_all() == [set()] * ASKED_AFTERWARDS)
