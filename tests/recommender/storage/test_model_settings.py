from __future__ import annotations

from lrs.auth.stores import Store, create_store
from lrs.storage.database import Database
from recommender.storage.model_settings import (
    delete_model_settings,
    find_model_settings,
    write_model_settings,
)


def test_settings_are_kept_for_each_store(database: Database, store: Store) -> None:
    other = create_store(database, f"{store.name}-other")
    write_model_settings(database, store.id, {"epochs": 30, "decay": 0.8})
    write_model_settings(database, store.id, {"epochs": 40, "decay": 0.9})
    assert find_model_settings(database, store.id) == {"epochs": 40, "decay": 0.9}
    assert find_model_settings(database, other.id) == {}


def test_settings_can_be_forgotten(database: Database, store: Store) -> None:
    write_model_settings(database, store.id, {"epochs": 30})
    delete_model_settings(database, store.id)
    assert find_model_settings(database, store.id) == {}
