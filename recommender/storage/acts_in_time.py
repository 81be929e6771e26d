"""Interactions of some verbs in a span of time, read by index: the cost follows the span, not the age of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bson import ObjectId

from lrs.storage.database import Database, StoreId
from recommender.storage.interactions import InteractionRow, row_from


def iterate_acts(
    database: Database, store: StoreId, verbs: Collection[str], since_us: int, until_us: int
) -> Iterator[InteractionRow]:
    """Yield the rows of these verbs between two times, in no order."""
    condition = {"verb": {"$in": sorted(verbs)}, "at": {"$gte": since_us, "$lt": until_us}}
    return map(row_from, database.collection("interactions", store).iterate(condition))


def iterate_times(
    database: Database, store: StoreId, personas: Sequence[ObjectId], since_us: int, until_us: int
) -> Iterator[tuple[ObjectId, int]]:
    """Yield when these learners did something with a nugget (us), in no order."""
    condition = {"persona": {"$in": list(personas)}, "at": {"$gte": since_us, "$lt": until_us}}
    fields = ("persona", "at", "item", "strength")
    for row in database.collection("interactions", store).iterate(condition, fields):
        if row["item"] is not None and row["strength"] > 0:
            yield row["persona"], row["at"]
