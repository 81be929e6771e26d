"""What learners did towards each other, counted in MongoDB: one row for each two people and verb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from lrs.storage.database import Database, StoreId

_FIRST = ObjectId("0" * 24)


@dataclass(frozen=True, slots=True)
class ActsBetween:
    """How many acts of one verb a learner did towards another (`peer`), and when the last one was (us).

    `strength` is that of the weakest act: negative where the learner turned away (blocked, rejected).
    """

    learner: ObjectId
    peer: ObjectId
    verb: str
    count: int
    last: int
    strength: int


def count_acts_between(database: Database, store: StoreId) -> list[ActsBetween]:
    """Count the acts towards others of all learners."""
    stages: list[dict[str, Any]] = [
        {"$match": {"private": {"$ne": True}}},
        {
            "$group": {
                "_id": {"learner": "$persona", "peer": "$peer", "verb": "$verb"},
                "count": {"$sum": 1},
                "last": {"$max": "$at"},
                "strength": {"$min": "$strength"},
            }
        },
    ]
    found = database.collection("interactions", store).aggregate({"peer": {"$gt": _FIRST}}, stages)
    return [
        ActsBetween(**row["_id"], count=int(row["count"]), last=row["last"], strength=int(row["strength"]))
        for row in found
    ]
