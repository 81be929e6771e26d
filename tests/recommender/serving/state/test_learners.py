from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.serving.state.learners import Learners
from recommender.storage.reading import start_again

LIMIT = 100


@pytest.fixture
def completed(
    database: Database, store: Store, identifier: Callable[[str], str]
) -> Callable[[Learners], set[str]]:
    """Return what Ann completed, as far as these know."""

    def find(learners: Learners) -> set[str]:
        found = learners.find(store.id, identifier("ann")).history.completed
        return {item.rpartition("/")[2] for item in found}

    return find


@pytest.fixture
def holding(database: Database) -> Learners:
    """Ask once how far the Statements were read."""
    return Learners(database, LIMIT, held_s=3600)


def test_what_is_posted_or_read_meanwhile_is_known_at_once_and_once(
    completed: Any, holding: Learners, post: Any, sync: Any, act: Any, store: Store, identifier: Any
) -> None:
    post([act("ann", "completed", "a", 1)])
    sync()
    assert completed(holding) == {"a"}
    post([act("ann", "completed", "b", 2)])
    assert completed(holding) == {"a", "b"}
    sync()
    assert completed(holding) == {"a", "b"}
    history = holding.find(store.id, identifier("ann")).history
    assert [positive.item.rpartition("/")[2] for positive in history.positives] == ["a", "b"]


def test_what_is_voided_counts_until_it_is_asked_again(
    completed: Any, holding: Learners, database: Database, post: Any, sync: Any, act: Any
) -> None:
    done = act("ann", "completed", "a", 1)
    post([done])
    sync()
    assert completed(holding) == {"a"}
    post([act("ann", "voided", {"objectType": "StatementRef", "id": done["id"]}, 2)])
    assert completed(holding) == {"a"}
    assert completed(Learners(database, LIMIT, held_s=0)) == set()
    sync()
    assert completed(holding) == set()


@pytest.mark.parametrize("synced", [True, False])
def test_a_limit_cuts_what_was_looked_at_and_nothing_that_decides(
    database: Database, post: Any, sync: Any, act: Any, store: Store, identifier: Any, synced: bool
) -> None:
    low = {"result": {"score": {"scaled": 0.0}}}
    old = [act("ann", "completed", "done", 1), act("ann", "liked", "liked", 2)]
    old.append(act("ann", "rated", "disliked", 3, **low))
    post([*old, *[act("ann", "launched", f"n{minute}", minute) for minute in range(10, 20)]])
    if synced:
        sync()
    history = Learners(database, 3).find(store.id, identifier("ann")).history
    assert {item.rpartition("/")[2] for item in history.seen} >= {"n17", "n18", "n19"}
    assert len(history.seen) == 6
    assert [item.rpartition("/")[2] for item in history.completed] == ["done"]
    assert [item.rpartition("/")[2] for item in history.disliked] == ["disliked"]
    assert {one.item.rpartition("/")[2] for one in history.positives} == {"done", "liked"}


def test_while_everything_is_read_again_nothing_of_a_learner_is_missing(
    completed: Any, holding: Learners, database: Database, store: Store, post: Any, sync: Any, act: Any
) -> None:
    post([act("ann", "completed", "a", 1)])
    sync()
    assert completed(holding) == {"a"}
    start_again(database, store.id, "")
    assert completed(holding) == {"a"}


def test_stores_are_held_apart(
    holding: Learners, store: Store, other_store: Store, post: Any, sync: Any, act: Any, identifier: Any
) -> None:
    assert holding.find(other_store.id, identifier("ann")).persona is None
    post([act("ann", "completed", "a", 1)])
    sync()
    assert holding.find(store.id, identifier("ann")).history.completed
    assert holding.find(other_store.id, identifier("ann")).persona is None


def test_a_voiding_is_seen_after_the_time_by_the_first_request_too(
    completed: Any, database: Database, post: Any, sync: Any, act: Any
) -> None:
    done = act("ann", "completed", "a", 1)
    post([done])
    sync()
    learners = Learners(database, LIMIT, held_s=0.05)
    assert completed(learners) == {"a"}
    post([act("ann", "voided", {"objectType": "StatementRef", "id": done["id"]}, 2)])
    time.sleep(0.05)
    assert completed(learners) == set()
