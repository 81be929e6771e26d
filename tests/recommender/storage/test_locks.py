from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from lrs.auth.stores import Store, create_store
from lrs.storage.database import Database
from recommender.storage import locks
from recommender.storage.locks import acquire_lock, find_held_locks, release_lock, renew_lock


def test_only_one_holds_the_lock(database: Database, store: Store) -> None:
    token = acquire_lock(database, store.id, "training", 60)
    assert token
    assert acquire_lock(database, store.id, "training", 60) is None
    release_lock(database, store.id, "training", token)
    assert acquire_lock(database, store.id, "training", 60)


def test_an_expired_lease_is_lost_to_the_next(database: Database, store: Store) -> None:
    first = acquire_lock(database, store.id, "training", -1)
    second = acquire_lock(database, store.id, "training", 60)
    assert first and second
    assert not renew_lock(database, store.id, "training", first, 60)
    assert renew_lock(database, store.id, "training", second, 60)
    release_lock(database, store.id, "training", first)
    assert acquire_lock(database, store.id, "training", 60) is None


def test_locks_of_stores_are_apart(database: Database, store: Store) -> None:
    other = create_store(database, f"{store.name}-other")
    assert acquire_lock(database, store.id, "training", 60)
    assert acquire_lock(database, other.id, "training", 60)


def test_what_runs_is_told_by_the_locks_that_are_held(database: Database, store: Store) -> None:
    acquire_lock(database, store.id, "training", 60)
    acquire_lock(database, store.id, "sync", -1)
    assert find_held_locks(database, store.id) == {"training"}


@pytest.mark.parametrize("earlier_lease_s", [(), (-1,)])
def test_of_many_at_the_same_instant_one_gets_the_lock(
    database: Database, store: Store, earlier_lease_s: tuple[int, ...]
) -> None:
    for lease_s in earlier_lease_s:
        acquire_lock(database, store.id, "training", lease_s)
    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(lambda _: acquire_lock(database, store.id, "training", 60), range(8)))
    [token] = [one for one in tokens if one is not None]
    assert renew_lock(database, store.id, "training", token, 60)


def test_a_lease_taken_before_the_clock_was_set_back_is_lost_to_the_next(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert acquire_lock(database, store.id, "training", 3600)
    assert acquire_lock(database, store.id, "training", 60) is None
    hour_ago = datetime.now(timezone.utc) - timedelta(hours=1)
    monkeypatch.setattr(locks, "_now", lambda: hour_ago)
    assert acquire_lock(database, store.id, "training", 60)
