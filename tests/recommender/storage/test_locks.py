from __future__ import annotations

from lrs.auth.stores import Store, create_store
from lrs.storage.database import Database
from recommender.storage.locks import acquire_lock, release_lock, renew_lock


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
    other = create_store(f"{store.name}-other")
    assert acquire_lock(database, store.id, "training", 60)
    assert acquire_lock(database, other.id, "training", 60)
