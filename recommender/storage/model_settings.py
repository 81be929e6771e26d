"""The training settings that a search found best for a store, in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping

from lrs.storage.database import Database, StoreId
from lrs.storage.record_sets import StoreRecords, records_of
from recommender.storage.records import ModelSettingsRecord


def find_model_settings(database: Database, store: StoreId) -> dict[str, float]:
    """Return the settings kept for a store, by name; none if no search was made."""
    row = _kept(database, store).as_pymongo().first()
    return dict(row["settings"]) if row else {}


def write_model_settings(database: Database, store: StoreId, settings: Mapping[str, float]) -> None:
    """Replace the settings kept for a store."""
    _kept(database, store).update_one(upsert=True, settings=dict(settings))


def delete_model_settings(database: Database, store: StoreId) -> None:
    """Forget what a search found."""
    _kept(database, store).delete()


def _kept(database: Database, store: StoreId) -> StoreRecords:
    return records_of(database, ModelSettingsRecord, store)(key=store)
