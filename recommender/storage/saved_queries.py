"""Queries that people saved to ask again: theirs alone until they share them with those who may explore the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from lrs.storage.database import Database, Row, StoreCollection, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable

COLLECTION = "saved_queries"
MOST_READ = 100


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query as the end of an address, under the name that somebody gave it.

    `owner` is a canonical identifier of the learner who saved it, or the key of a credential that is of no learner.
    """

    id: ObjectId
    owner: str
    name: str
    query: str
    shared: bool = False


def insert_query(database: Database, store: StoreId, saved: SavedQuery) -> None:
    """Keep a query."""
    row = {"_id": saved.id, "owner": saved.owner, "name": saved.name, "query": saved.query}
    with unavailable_when_unreachable():
        _rows(database, store).insert_many([{**row, "shared": saved.shared}])


def count_queries(database: Database, store: StoreId, owners: Sequence[str]) -> int:
    """Return how many queries somebody with these identifiers has saved."""
    with unavailable_when_unreachable():
        return _rows(database, store).count(_of(owners))


def find_queries(database: Database, store: StoreId, owners: Sequence[str]) -> list[SavedQuery]:
    """Return the queries of somebody with these identifiers, the newest first, then what others share."""
    with unavailable_when_unreachable():
        rows = _rows(database, store)
        own = rows.find(_of(owners), sort=[("_id", -1)], limit=MOST_READ)
        shared = rows.find({"shared": True}, sort=[("_id", -1)], limit=MOST_READ)
    return [_query(row) for row in (*own, *(row for row in shared if row["owner"] not in owners))]


def share_query(
    database: Database, store: StoreId, owners: Sequence[str], query: ObjectId, *, shared: bool
) -> bool:
    """Share a query of one's own, or share it no more; False if there is none."""
    with unavailable_when_unreachable():
        rows = _rows(database, store)
        return bool(rows.update_one({"_id": query, **_of(owners)}, {"$set": {"shared": shared}}))


def delete_query(database: Database, store: StoreId, owners: Sequence[str], query: ObjectId) -> None:
    """Remove a query of one's own, if it is still there."""
    with unavailable_when_unreachable():
        _rows(database, store).delete_many({"_id": query, **_of(owners)})


def _of(owners: Sequence[str]) -> Mapping[str, Any]:
    return {"owner": {"$in": list(owners)}}


def _rows(database: Database, store: StoreId) -> StoreCollection:
    return database.collection(COLLECTION, store)


def _query(row: Row) -> SavedQuery:
    return SavedQuery(row["_id"], row["owner"], row["name"], row["query"], row["shared"])
