"""Counts and removes everything that belongs to one store, in whatever collection it is kept."""

from __future__ import annotations

from collections.abc import Callable

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.stores import delete_store_row

AT_ONCE = 1_000
WITHOUT_STORE = {"stores", "definition_changes"}
"""Collections whose `_id` is the store: the store itself, and announcements, which go after an hour."""


def count_documents(database: Database, store: StoreId) -> dict[str, int]:
    """Return how many documents of a store each collection holds, without those that hold none."""
    with unavailable_when_unreachable():
        counts = {name: database.collection(name, store).count({}) for name in _names(database)}
    return {name: count for name, count in counts.items() if count}


def remove_documents(database: Database, store: StoreId, progress: Callable[[int, str], None]) -> int:
    """Remove everything of a store, its credentials first and the store last; return how many documents.

    A process that still works on the store may write while this runs, so it ends when nothing is left. Run again
    after an interruption, it goes on.
    """
    removed = 0
    while names := list(count_documents(database, store)):
        for name in sorted(names, key=lambda one: one != "credentials"):
            removed = _remove_from(database, store, name, removed, progress)
    delete_store_row(database, store)
    return removed


def _remove_from(
    database: Database, store: StoreId, name: str, removed: int, progress: Callable[[int, str], None]
) -> int:
    """Remove a store's documents of one collection, some at a time; return how many there are by now."""
    rows = database.collection(name, store)
    with unavailable_when_unreachable():
        while found := rows.find({}, ["_id"], limit=AT_ONCE):
            removed += rows.delete_many({"_id": {"$in": [row["_id"] for row in found]}})
            progress(removed, f"{removed} documents removed, now {name}")
    return removed


def _names(database: Database) -> list[str]:
    every = database.db.list_collection_names()
    return sorted(name for name in every if name not in WITHOUT_STORE and not name.startswith("system."))
