from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_persona
from lrs.storage.database import Database
from recommender.interactions.history import build_history
from recommender.storage.courses import (
    DAY_US,
    Completion,
    find_acts_within,
    find_completers,
    find_completion,
)
from recommender.storage.interactions import find_rows

START_US = 1_760_000_000_000_000
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


DAY = 24 * 60


@pytest.mark.parametrize(
    ("limit", "today", "units"),
    [(9, 50, "abcdef"), (4, 50, "f"), (4, 70, "f"), (5, 64, "f"), (4, 500, "abcd")],
)
def test_of_a_course_with_many_acts_those_of_the_last_days_are_read(
    known: Make, act: Make, database: Database, store: Store, limit: int, today: int, units: str
) -> None:
    days = dict(zip("abcdef", (1, 20, 21, 22, 23, 50), strict=True))
    known(
        *(act("ann", "completed", item, day * DAY, **INSIDE) for item, day in days.items()),
        act("ann", "liked", "x", 60 * DAY, **INSIDE),
        act("ann", "completed", "elsewhere", 5),
    )
    found = find_acts_within(database, store.id, COURSE, limit, START_US + today * DAY_US)
    assert "".join(one.unit.rsplit("/", 1)[-1] for one in found) == units
    assert find_acts_within(database, store.id, "https://acme.example/a", 3, 0) == []


def test_who_completed_is_known(
    known: Make, act: Make, identifier: Make, url: Make, database: Database, store: Store
) -> None:
    known(act("ann", "completed", "a"), act("ben", "launched", "a"))
    ann = find_persona(database, store.id, identifier("ann"))
    assert find_completers(database, store.id, url("a"), 10) == {ann}


def test_completion_is_counted_of_those_who_opened(
    known: Make, act: Make, identifier: Make, url: Make, database: Database, store: Store
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
    found = find_completion(database, store.id, url("a"), {"$nin": []})
    assert found == Completion(opened=3, completed=1, halfway=2)
    ann = find_persona(database, store.id, identifier("ann"))
    assert find_completion(database, store.id, url("a"), {"$nin": [ann]}) == Completion(2, 0, 1)
    assert find_completion(database, store.id, url("nothing"), {"$nin": []}) == Completion()


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
    rows = find_rows(database, store.id, [persona], 2)
    assert sum(row.failed for row in rows) == 1
    assert build_history(rows, 2).made == {url("thread")}
