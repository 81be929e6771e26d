"""The meanings of nuggets' titles in MongoDB: a vector of small numbers, and the digest of what it was made from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId


@dataclass(frozen=True, slots=True)
class Meaning:
    """A vector as bytes (one signed byte a dimension); the digest differs with the text and with the encoder."""

    digest: str
    vector: bytes


def iterate_meanings(database: Database, store: StoreId) -> Iterator[tuple[str, Meaning]]:
    """Stream the meanings of a store's nuggets with the nuggets' ids."""
    return map(_meaning, database.collection("nugget_meanings", store).iterate({}))


def find_meanings(database: Database, store: StoreId, activities: Collection[str]) -> dict[str, Meaning]:
    """Return the meanings of those of these nuggets that have one."""
    rows = database.collection("nugget_meanings", store)
    return dict(map(_meaning, rows.find_by_ids([_id(store, one) for one in activities])))


def write_meanings(database: Database, store: StoreId, meanings: Mapping[str, Meaning]) -> None:
    """Write meanings in the place of those there were; two processes may write the same at once."""
    rows = database.collection("nugget_meanings", store)
    for activity, one in meanings.items():
        values: Row = {"activity": activity, "digest": one.digest, "vector": one.vector}
        rows.update_one({"_id": _id(store, activity)}, {"$set": values}, upsert=True)


def delete_meanings(database: Database, store: StoreId, activities: Collection[str]) -> None:
    """Delete the meanings of these nuggets."""
    rows = database.collection("nugget_meanings", store)
    for some in in_chunks(sorted(activities)):
        rows.delete_many({"_id": {"$in": [_id(store, one) for one in some]}})


def _id(store: StoreId, activity: str) -> str:
    return f"{store}:{activity}"


def _meaning(row: Row) -> tuple[str, Meaning]:
    return row["activity"], Meaning(row["digest"], bytes(row["vector"]))
