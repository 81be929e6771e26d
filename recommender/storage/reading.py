"""How far a store's Statements were read into interactions, and starting to read them again."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.storage.database import Database, StoreId
from recommender.storage.insights import mark_all


@dataclass(frozen=True, slots=True)
class Reading:
    """How far Statements were read (an order key), and by which version of the vocabulary; None before the first.

    `again` tells that all of them are being read again.
    """

    watermark: bytes = b""
    vocabulary: str | None = None
    again: bool = False


def find_reading(database: Database, store: StoreId) -> Reading:
    """Return how far the store's Statements were read."""
    found = database.collection("interaction_watermarks", store).find_one({"_id": store})
    return (
        Reading(bytes(found["seq"]), found["vocabulary"], found.get("again", False)) if found else Reading()
    )


def find_watermark(database: Database, store: StoreId) -> bytes:
    """Return the order key of the last Statement that was turned into interactions; empty at first."""
    return find_reading(database, store).watermark


def stored_us(seq: bytes) -> int:
    """Return the stored time (us) in an order key; 0 for an empty one."""
    return int.from_bytes(seq[:8], "big")


def advance_watermark(database: Database, store: StoreId, seq: bytes, vocabulary: str) -> None:
    """Note how far the Statements were read, and by which version of the vocabulary."""
    database.collection("interaction_watermarks", store).update_one(
        {"_id": store}, {"$set": {"seq": seq, "vocabulary": vocabulary}}, upsert=True
    )


def start_again(database: Database, store: StoreId, vocabulary: str) -> Reading:
    """Delete what can be built again from the store's Statements, to read all of them again.

    The harvested nuggets stay meanwhile, so that a model goes on recommending them.
    """
    rows = database.collection("interaction_watermarks", store)
    values = {"seq": b"", "vocabulary": vocabulary, "again": True}
    rows.update_one({"_id": store}, {"$set": values}, upsert=True)
    mark_all(database, store)
    for name in ("interactions", "user_features"):
        database.collection(name, store).delete_many({})
    return Reading(b"", vocabulary, again=True)


def finish_reading_again(database: Database, store: StoreId) -> None:
    """Note that all Statements were read again."""
    database.collection("interaction_watermarks", store).update_one(
        {"_id": store}, {"$set": {"again": False}}
    )
