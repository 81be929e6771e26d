"""What was taken lately: counted once a learner and nugget, taken back when voided, and the same in every process."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.nuggets import Nugget
from recommender.serving.state.nugget_table import NuggetColumns, build_columns
from recommender.serving.state.recent_takes import MOST_COUNTED, RecentTakes, RecentTakesIndex, TakeTable
from recommender.storage.harvested import find_dropped
from recommender.storage.takes import Take
from recommender.storage.user_features import UserFeatures

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Sync = Callable[..., Any]
NOW_US = 1_760_000_000_000_000
DAY_S = 86_400.0
DAY_US = 86_400_000_000


def learner(number: int) -> ObjectId:
    return ObjectId(f"{number:024x}")


def take(who: int, item: str, days_ago: float = 0.0, stored_days_ago: float | None = None) -> Take:
    at = NOW_US - int(days_ago * DAY_US)
    stored = at if stored_days_ago is None else NOW_US - int(stored_days_ago * DAY_US)
    return Take(item, learner(who), at, stored)


def columns(*names: str) -> NuggetColumns:
    return build_columns([Nugget(name) for name in names])


def view_of(*takes: Take, features: dict[ObjectId, UserFeatures] | None = None) -> RecentTakes:
    table = TakeTable()
    table.note(features or {})
    table.add(takes)
    return table.view(NOW_US)


def test_a_take_counts_half_after_a_half_life() -> None:
    view = view_of(take(1, "a"), take(2, "b", 1), take(3, "b", 2))
    assert view.count(columns("a", "b", "c"), DAY_S) == pytest.approx([1, 0.75, 0])


def test_a_learner_counts_once_for_a_nugget_by_the_newest_take() -> None:
    view = view_of(take(1, "a", 1), take(1, "a", 3), take(1, "a", 2))
    assert view.count(columns("a"), DAY_S) == pytest.approx([0.5])


def test_takes_of_a_segment_count_for_it() -> None:
    red, blue = UserFeatures(team="red", language="en"), UserFeatures(team="blue", language="en")
    features = {learner(1): red, learner(2): blue, learner(3): UserFeatures()}
    view = view_of(take(1, "a"), take(2, "a"), take(3, "b"), features=features)
    counted = [
        view.count(columns("a", "b"), DAY_S, name).tolist() for name in ("", "team:red", "language:en")
    ]
    assert counted == [[2, 1], [1, 0], [2, 0]]
    assert view.takers("team:red") == 1
    assert view.count(columns("a", "b"), DAY_S, "team:none").tolist() == [0, 0]


def test_only_takes_stored_after_a_training_are_counted_beside_it() -> None:
    view = view_of(take(1, "a", 3), take(2, "a", 3, stored_days_ago=0))
    assert view.count(columns("a"), 3 * DAY_S, "", NOW_US - DAY_US) == pytest.approx([0.5])


def test_a_robot_moves_no_more_than_a_busy_person() -> None:
    burst = [take(0, f"n{number}") for number in range(5000)]
    view = view_of(*burst, *(take(who, "a") for who in range(1, 4)))
    counts = view.count(columns("a", *(f"n{number}" for number in range(5000))), DAY_S)
    assert counts[0] == pytest.approx(3)
    assert counts[1:].max() < 0.01
    assert counts[1:].sum() < 15


def test_takes_replaced_are_gone() -> None:
    table = TakeTable()
    table.add([take(1, "a"), take(2, "a"), take(2, "b")])
    table.replace("a", [take(1, "a", 1)])
    assert table.view(NOW_US).count(columns("a", "b"), DAY_S) == pytest.approx([0.5, 1])


def test_nuggets_found_later_and_other_columns_are_counted_too() -> None:
    table = TakeTable()
    table.add([take(1, "a")])
    first = columns("a")
    assert table.view(NOW_US).count(first, DAY_S).tolist() == [1]
    table.add([take(1, "b"), take(2, "a")])
    view = table.view(NOW_US)
    assert view.count(first, DAY_S).tolist() == [2]
    assert view.count(columns("b", "a"), DAY_S).tolist() == [1, 2]


@pytest.fixture
def count(database: Database, store: Store, url: Callable[[str], str]) -> Callable[..., dict[str, float]]:
    """Count the takes of some nuggets by a new process, and by one that has watched all the time."""
    names = ("a", "b", "c")
    watching = RecentTakesIndex(database, 0)

    def counts() -> dict[str, float]:
        found = [
            one.find(store.id).count(columns(*map(url, names)), 1000 * DAY_S)
            for one in (watching, RecentTakesIndex(database, 0))
        ]
        assert found[0] == pytest.approx(found[1], rel=1e-3)
        return dict(zip(names, np.round(found[0], 1).tolist(), strict=True))

    return counts


def _minute() -> int:
    """Return the minutes from the start of the tests' Statements until now."""
    return int(time.time() / 60 - NOW_US / 60_000_000)


def test_statements_count_when_they_were_read_and_voided_ones_do_not(
    act: Act,
    post: Post,
    sync: Sync,
    count: Callable[[], dict[str, float]],
    database: Database,
    store: Store,
    url: Callable[[str], str],
) -> None:
    assert count() == {"a": 0, "b": 0, "c": 0}
    now = _minute()
    done = [act(f"l{number}", "completed", item, now) for number in range(3) for item in ("a", "b")]
    post([*done, act("l0", "liked", "c", now), act("l1", "launched", "c", now)])
    sync()
    assert count() == {"a": 3, "b": 3, "c": 1}
    voided = {"objectType": "StatementRef", "id": done[0]["id"]}
    post([act("admin", "voided", voided, now), act("l0", "unliked", "c", now + 1)])
    sync()
    assert count() == {"a": 2, "b": 3, "c": 0}
    sync(from_scratch=True)
    assert count() == {"a": 2, "b": 3, "c": 0}
    assert find_dropped(database, store.id, 1) <= {url("a"), url("c")}  # only these are to be counted again


def test_a_clock_that_is_ahead_counts_as_of_the_stored_time(
    act: Act, post: Post, sync: Sync, count: Callable[[], dict[str, float]]
) -> None:
    post([act("l0", "completed", "a", _minute() + 60 * 24 * 3650)])
    sync()
    assert count() == {"a": 1, "b": 0, "c": 0}


def test_what_requests_asked_for_is_counted_before_the_next_request() -> None:
    earlier, later = view_of(take(1, "a")), view_of(take(1, "a"), take(2, "a", 1))
    earlier.count(columns("a"), DAY_S)
    earlier.takers("")
    later.prepare(earlier)
    assert list(later.counted) == list(earlier.counted)
    assert later.took == {"": 2}
    assert later.count(columns("a"), DAY_S) == pytest.approx([1.5])


def test_what_nobody_asked_an_earlier_view_for_is_not_counted_again() -> None:
    views = [view_of(take(1, "a")) for _ in range(3)]
    views[0].count(columns("a"), DAY_S)
    views[0].takers("")
    for earlier, later in pairwise(views):
        later.prepare(earlier)
    assert (views[1].took, len(views[1].counted)) == ({"": 1}, 1)
    assert (views[2].took, views[2].counted) == ({}, {})


def test_few_counts_are_kept() -> None:
    view = view_of(take(1, "a"))
    for number in range(MOST_COUNTED + 1):
        view.count(columns("a"), DAY_S, "", number)
    assert len(view.counted) == 1
