"""The training settings that a search found best for a store, in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping

from lrs.storage.database import Database, StoreId


def find_model_settings(database: Database, store: StoreId) -> dict[str, float]:
    """Return the settings kept for a store, by name; none if no search was made."""
    row = database.collection("model_settings", store).find_one({"_id": str(store)})
    return dict(row["settings"]) if row else {}


def write_model_settings(database: Database, store: StoreId, settings: Mapping[str, float]) -> None:
    """Keep settings in the place of those there were."""
    change = {"$set": {"settings": dict(settings)}}
    database.collection("model_settings", store).update_one({"_id": str(store)}, change, upsert=True)


def delete_model_settings(database: Database, store: StoreId) -> None:
    """Forget what a search found."""
    database.collection("model_settings", store).delete_many({"_id": str(store)})
