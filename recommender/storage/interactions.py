"""Interactions and learner traits in MongoDB: one row per counted Statement and learner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import BulkWriteError

from lrs.storage.database import Database, StoreId

ROWS_PER_WRITE = 1000
LEARNERS_PER_READ = 200


@dataclass(frozen=True, slots=True)
class InteractionRow:
    """What one learner did once. `at` is microseconds since the epoch; `peer` another learner concerned."""

    statement_id: str
    ordinal: int
    persona: ObjectId
    seq: bytes
    at: int
    item: str | None
    verb: str
    kind: str
    strength: int
    weight: float
    positive: bool
    completed: bool
    session: str
    progress: float | None = None
    player: bool = False
    peer: ObjectId | None = None
    takes_back: str = ""
    undoes: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """Identify the row inside its store."""
        return (self.statement_id, self.ordinal)


_FIELDS = tuple(InteractionRow.__dataclass_fields__)


def write_rows(database: Database, store: StoreId, rows: Sequence[InteractionRow]) -> None:
    """Write rows in the place of those with the same keys; writing the same ones again changes nothing.

    Inserting first is many times faster than upserts, and hardly ever are there old ones.
    """
    collection = database.collection("interactions", store)
    for start in range(0, len(rows), ROWS_PER_WRITE):
        documents = [_document(store, row) for row in rows[start : start + ROWS_PER_WRITE]]
        try:
            collection.insert_many(documents)
        except BulkWriteError:
            collection.delete_many({"_id": {"$in": [document["_id"] for document in documents]}})
            collection.insert_many(documents)


def delete_rows(database: Database, store: StoreId, statement_ids: Sequence[str]) -> None:
    """Delete the rows of Statements."""
    if statement_ids:
        condition = {"statement_id": {"$in": list(statement_ids)}}
        database.collection("interactions", store).delete_many(condition)


def delete_all(database: Database, store: StoreId) -> None:
    """Delete everything that can be built again from the store's Statements."""
    for name in ("interactions", "user_features", "interaction_watermarks"):
        database.collection(name, store).delete_many({})


def find_rows(database: Database, store: StoreId, persona: ObjectId, limit: int) -> list[InteractionRow]:
    """Return a learner's newest rows, at most `limit`."""
    found = database.collection("interactions", store).find(
        {"persona": persona}, sort=[("at", DESCENDING)], limit=limit
    )
    return [_row(document) for document in found]


def find_rows_about(database: Database, store: StoreId, peer: ObjectId, limit: int) -> list[InteractionRow]:
    """Return the newest rows in which others did something for or with this learner."""
    found = database.collection("interactions", store).find(
        {"peer": peer}, sort=[("at", DESCENDING)], limit=limit
    )
    return [_row(document) for document in found]


def iterate_learners(
    database: Database, store: StoreId, limit: int
) -> Iterator[tuple[ObjectId, list[InteractionRow]]]:
    """Yield every learner with the newest rows, at most `limit` each, holding few learners at a time."""
    personas = sorted(database.collection("user_features", store).distinct("persona", {}))
    for start in range(0, len(personas), LEARNERS_PER_READ):
        yield from _read_learners(database, store, personas[start : start + LEARNERS_PER_READ], limit)


def _read_learners(
    database: Database, store: StoreId, personas: Sequence[ObjectId], limit: int
) -> Iterator[tuple[ObjectId, list[InteractionRow]]]:
    rows: dict[ObjectId, list[InteractionRow]] = {persona: [] for persona in personas}
    condition = {"persona": {"$in": list(personas)}}
    for document in database.collection("interactions", store).iterate(condition):
        row = _row(document)
        kept = rows[row.persona]
        kept.append(row)
        if len(kept) >= 2 * limit:
            rows[row.persona] = newest(kept, limit)
    for persona, kept in rows.items():
        yield persona, newest(kept, limit)


def newest(rows: Iterable[InteractionRow], limit: int) -> list[InteractionRow]:
    """Return the newest `limit` rows in time order."""
    return sorted(rows, key=lambda row: (row.at, row.seq, row.ordinal))[-limit:]


def count_learners(database: Database, store: StoreId, limit: int) -> list[tuple[str, float]]:
    """Return the items that most learners took; who merely looked counts a quarter. At most `limit`."""
    interest = {"$cond": ["$positive", 1.0, 0.25]}
    stages: list[dict[str, Any]] = [
        {"$match": {"strength": {"$gt": 0}, "item": {"$ne": None}}},
        {"$group": {"_id": {"item": "$item", "persona": "$persona"}, "interest": {"$max": interest}}},
        {"$group": {"_id": "$_id.item", "learners": {"$sum": "$interest"}}},
        {"$sort": {"learners": -1, "_id": 1}},
        {"$limit": limit},
    ]
    found = database.collection("interactions", store).aggregate({}, stages)
    return [(document["_id"], float(document["learners"])) for document in found]


def find_watermark(database: Database, store: StoreId) -> bytes:
    """Return the order key of the last Statement that was turned into interactions; empty at first."""
    found = database.collection("interaction_watermarks", store).find_one({"_id": store})
    return bytes(found["seq"]) if found else b""


def advance_watermark(database: Database, store: StoreId, seq: bytes) -> None:
    """Note how far the Statements were read."""
    database.collection("interaction_watermarks", store).update_one(
        {"_id": store}, {"$set": {"seq": seq}}, upsert=True
    )


def _document(store: StoreId, row: InteractionRow) -> dict[str, Any]:
    document: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    document["_id"] = f"{store}:{row.statement_id}:{row.ordinal}"
    return document


def _row(document: dict[str, Any]) -> InteractionRow:
    values = {name: document[name] for name in _FIELDS}
    values["seq"] = bytes(values["seq"])
    return InteractionRow(**values)
