from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_persona
from lrs.storage.database import Database
from recommender.interactions.history import build_history
from recommender.storage.interactions import (
    Completion,
    find_completers,
    find_completion,
    find_rows,
    find_rows_within,
)

PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
COURSE = "https://acme.example/course"
INSIDE = {"context": {"contextActivities": {"parent": [{"id": COURSE}]}}}
Make = Callable[..., Any]


@pytest.fixture
def known(act: Make, post: Make, sync: Make) -> Make:
    """Store Statements and read them."""

    def send(*statements: Any) -> None:
        post(list(statements))
        sync()

    return send


def test_the_newest_acts_in_a_course_are_found(
    known: Make, act: Make, database: Database, store: Store
) -> None:
    inside = [act("ann", "completed", f"n{minute}", minute, **INSIDE) for minute in range(5)]
    known(*inside, act("ann", "completed", "elsewhere", 9))
    found = find_rows_within(database, store.id, COURSE, 3)
    assert [row.item for row in found] == [f"https://acme.example/n{minute}" for minute in (4, 3, 2)]
    assert find_rows_within(database, store.id, "https://acme.example/n4", 3) == []


def test_who_completed_is_known(
    known: Make, act: Make, identifier: Make, url: Make, database: Database, store: Store
) -> None:
    known(act("ann", "completed", "a"), act("ben", "launched", "a"))
    ann = find_persona(database, store.id, identifier("ann"))
    assert find_completers(database, store.id, url("a"), 10) == {ann}


def test_completion_is_counted_of_those_who_opened(
    known: Make, act: Make, url: Make, database: Database, store: Store
) -> None:
    def progress(percent: int) -> Any:
        return {"result": {"extensions": {PROGRESS: percent}}}

    known(
        act("ann", "completed", "a"),
        act("ben", "attempted", "a", **progress(20)),
        act("ben", "attempted", "a", 1, **progress(50)),
        act("cem", "launched", "a"),
        act("dora", "liked", "a"),
    )
    found = find_completion(database, store.id, url("a"))
    assert found == Completion(3, pytest.approx(1 / 3), 0.75)
    assert find_completion(database, store.id, url("nothing")) == Completion(0)


def test_failures_and_own_posts_are_read_however_old(
    known: Make, act: Make, identifier: Make, url: Make, database: Database, store: Store
) -> None:
    thread = {
        "id": url("thread"),
        "definition": {"type": "http://id.tincanapi.com/activitytype/discussion"},
    }
    known(
        act("ann", "failed", "a", 1),
        act("ann", "asked", thread, 2),
        *(act("ann", "experienced", f"n{minute}", minute) for minute in range(3, 9)),
    )
    persona = find_persona(database, store.id, identifier("ann"))
    assert persona is not None
    rows = find_rows(database, store.id, persona, 2)
    assert sum(row.failed for row in rows) == 1
    assert build_history(rows, 2).made == {url("thread")}
