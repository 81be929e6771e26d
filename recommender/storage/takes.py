"""Takes in MongoDB: the acts by which learners took nuggets, in the order in which their Statements were stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pymongo import DESCENDING

from lrs.storage.database import Database, StoreId
from recommender.storage.interactions import InteractionRow
from recommender.storage.reading import stored_us

_FIELDS = ("item", "persona", "at", "seq")


@dataclass(frozen=True, slots=True)
class Take:
    """A learner took an item `at` a time, by a Statement `stored` at a time (us)."""

    item: str
    learner: ObjectId
    at: int
    stored: int


def take_of(row: InteractionRow) -> Take:
    """Return the take that an interaction with an item is."""
    assert row.item is not None
    return Take(row.item, row.learner, row.at, stored_us(row.seq))


def find_newest_takes(
    database: Database, store: StoreId, after: bytes, until: bytes, most: int
) -> Sequence[Take]:
    """Return the takes of the Statements behind one order key, up to another; at most the newest so many."""
    condition: dict[str, Any] = {
        "seq": {"$gt": after, "$lte": until},
        "positive": True,
        "private": {"$ne": True},
    }
    rows = database.collection("interactions", store)
    found = rows.iterate(condition, _FIELDS, sort=[("seq", DESCENDING)], limit=most)
    return [Take(row["item"], row["persona"], row["at"], stored_us(row["seq"])) for row in found]
