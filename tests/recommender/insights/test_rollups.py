"""Day rollups say what the interactions say, whatever happened to the Statements meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from lrs.auth.stores import Store
from lrs.people.linking import join_people
from lrs.storage.database import Database
from recommender.insights.answers import Answer
from recommender.insights.rollups import COMPLETED, LEASE_S, LIKING, LOCK, ROW, parts_of, roll_up
from recommender.storage.insights import (
    DAY_US,
    Part,
    find_acts_of_day,
    find_marks,
    find_undone,
    find_versions,
    iterate_parts,
    mark_all,
)
from recommender.storage.locks import acquire_lock, release_lock

Make = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
PEOPLE = [ObjectId() for _ in range(4)]
ACT = st.fixed_dictionaries(
    {
        "persona": st.sampled_from(PEOPLE),
        "peer": st.sampled_from([None, *PEOPLE]),
        "statement_id": st.sampled_from(["a", "b", "c", "d"]),
        "item": st.sampled_from([None, "x", "y"]),
        "verb": st.sampled_from(["completed", "viewed"]),
        "kind": st.sampled_from(["formal", "informal", "social"]),
        "strength": st.sampled_from([-1, 1, 4]),
        "positive": st.booleans(),
        "completed": st.booleans(),
        "failed": st.booleans(),
        "progress": st.sampled_from([None, 0.1, 0.5, 3.0]),
        "makes_post": st.booleans(),
        "private": st.booleans(),
    }
)


def _unpacked(parts: list[Part]) -> set[tuple[Any, ...]]:
    found = set()
    for part in parts:
        people = [ObjectId(part.people[at : at + 12]) for at in range(0, len(part.people), 12)]
        for row in _rows(part):
            person, peer, item, verb, modality, flags, progress, acts = row.tolist()
            named = (people[person], None if peer < 0 else people[peer])
            found.add(
                (
                    *named,
                    None if item < 0 else part.names[item],
                    part.names[verb],
                    modality,
                    flags,
                    progress,
                    acts,
                )
            )
    return found


def _rows(part: Part) -> Any:
    return np.frombuffer(part.rows, ROW)


@given(st.lists(ACT, max_size=12), st.randoms())
def test_rows_count_the_acts_of_a_day_in_any_order(acts: list[dict[str, Any]], random: Any) -> None:
    parts = parts_of(5, acts)
    shuffled = list(acts)
    random.shuffle(shuffled)
    assert parts_of(5, shuffled) == parts
    found = _unpacked(parts)
    assert sum(row[-1] for row in found) == len(acts)
    completed = {(act["persona"], act["item"]) for act in acts if act["completed"]}
    assert {(row[0], row[2]) for row in found if row[5] & COMPLETED} == completed
    liking = {act["persona"] for act in acts if act["strength"] > 0}
    assert {row[0] for row in found if row[5] & LIKING} == liking


def test_only_the_own_act_is_taken_back() -> None:
    acts = [_act(PEOPLE[0], "a"), _act(PEOPLE[1], "b")]
    kept = _unpacked(parts_of(5, acts, {(PEOPLE[0], "a"), (PEOPLE[0], "b")}))
    assert {row[0] for row in kept} == {PEOPLE[1]}


def _act(persona: ObjectId, statement_id: str) -> dict[str, Any]:
    flags = dict.fromkeys(("positive", "completed", "failed", "makes_post", "private"), False)
    values = {"peer": None, "item": "x", "verb": "viewed", "kind": "formal", "strength": 2, "progress": None}
    return {"persona": persona, "statement_id": statement_id, **values, **flags}


@pytest.fixture
def rolled(
    database: Database, store: Store, sync: Callable[..., Any]
) -> Callable[[], dict[tuple[int, int], bytes]]:
    """Read what is new, roll up what it changed, and compare that with rolling up everything."""

    def roll() -> dict[tuple[int, int], bytes]:
        sync()
        roll_up(database, store.id, float("inf"))
        assert find_marks(database, store.id) == ([], set())
        kept = find_versions(database, store.id)
        undone = find_undone(database, store.id)
        for part in iterate_parts(database, store.id):
            acts = find_acts_of_day(database, store.id, part.day)
            assert parts_of(part.day, acts, undone)[part.part] == part
        mark_all(database, store.id)
        roll_up(database, store.id, float("inf"))
        assert find_versions(database, store.id) == kept
        sync(from_scratch=True)
        roll_up(database, store.id, float("inf"))
        assert find_versions(database, store.id) == kept
        return kept

    return roll


def test_what_comes_is_voided_taken_back_and_joined_is_counted_as_if_all_were_read_again(
    days_ago: Make,
    post: Post,
    database: Database,
    store: Store,
    rolled: Callable[[], Any],
    identifier: Callable[[str], str],
) -> None:
    first = [days_ago(day, name, "completed", "a") for day in (1, 2, 3) for name in ("ann", "ben")]
    post(first)
    before = rolled()
    assert len(before) == 3
    void = {"objectType": "StatementRef", "id": first[0]["id"]}
    taken_back = {"objectType": "StatementRef", "id": first[3]["id"]}
    post([days_ago(0, "admin", "voided", void), days_ago(0, "ben", "undone", taken_back)])
    after = rolled()
    changed = {key for key in before if before[key] != after.get(key)}
    assert len(changed) == 2
    join_people(database, store, [identifier("ann"), identifier("ben")], "admin")
    assert rolled() != after


def test_a_day_of_which_everything_is_voided_is_gone(
    days_ago: Make, post: Post, rolled: Callable[[], Any]
) -> None:
    only = days_ago(9, "ann", "completed", "a")
    post([only, days_ago(8, "ann", "completed", "a")])
    assert len(rolled()) == 2
    post([days_ago(0, "admin", "voided", {"objectType": "StatementRef", "id": only["id"]})])
    assert len(rolled()) == 1


def test_an_answer_says_how_many_days_are_still_to_be_counted(
    days_ago: Make, post: Post, asking: Callable[..., Answer], database: Database, store: Store
) -> None:
    post([days_ago(day, "ann", "completed", "a") for day in (1, 40)])
    token = acquire_lock(database, store.id, LOCK, LEASE_S)
    assert token
    assert asking("reach").missing_days == 2
    today = time.time_ns() // 1000 // DAY_US
    assert asking("reach", until_day=today - 30).missing_days == 1
    release_lock(database, store.id, LOCK, token)
    assert asking("reach", window_days=90).missing_days == 0
