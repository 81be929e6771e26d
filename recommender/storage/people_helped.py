"""How many others each learner did something for, counted in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from lrs.storage.database import Database, StoreId

_FIRST = ObjectId("0" * 24)


def count_helped(database: Database, store: StoreId, verbs: Sequence[str]) -> dict[ObjectId, int]:
    """Return, for each learner who did one of these acts for others, for how many."""
    stages: list[dict[str, Any]] = [
        {"$match": {"verb": {"$in": list(verbs)}, "strength": {"$gt": 0}}},
        {"$group": {"_id": {"learner": "$persona", "peer": "$peer"}}},
        {"$group": {"_id": "$_id.learner", "others": {"$sum": 1}}},
    ]
    found = database.collection("interactions", store).aggregate({"peer": {"$gt": _FIRST}}, stages)
    return {document["_id"]: int(document["others"]) for document in found}
