"""Interactions by course and by item: the acts in a course, who completed something, and how far learners got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from bson import ObjectId

from lrs.storage.database import Database, Row, StoreId
from recommender.storage.interactions import unit_of

DAY_US = 86_400_000_000
HALF = 0.5
RECENT_DAYS, ENOUGH = (4, 32, 256), 0.25
"""Of a course with more acts than are read, those of the last days count if they are such a share of the limit."""
_UNIT_FIELDS = ("strength", "kind", "makes_post", "min_valued")
_of_unit = itemgetter("kind", "makes_post", "min_valued")


@dataclass(frozen=True, slots=True)
class CourseAct:
    """What the order of a course is learned from: a learner's act on a unit at a time (us), in these places."""

    learner: ObjectId
    unit: str
    at: int
    completed: bool
    within: Sequence[str]


def find_acts_within(
    database: Database, store: StoreId, place: str, limit: int, now_us: int
) -> list[CourseAct]:
    """Return acts on units in a course or another Activity, in the order of time: all, if they are not above a limit.

    Else those of the last days with enough of them, and without such days the first ones. Nothing is sorted by the
    database, as not every server sorts by an index.
    """
    rows = database.collection("interactions", store)
    fields = ("persona", "item", "step", "at", "seq", "ordinal", "completed", "within", *_UNIT_FIELDS)

    def read(since: int) -> list[Row]:
        span = {"at": {"$gte": since}} if since else {}
        return list(rows.iterate({"within": place, **span}, fields, limit=limit + 1))

    found = read(0)
    if len(found) > limit:
        recent = (read(now_us - days * DAY_US) for days in RECENT_DAYS)
        found = next((some for some in recent if len(some) >= limit * ENOUGH), found)[:limit]
    found.sort(key=itemgetter("at", "seq", "ordinal"))
    return [
        CourseAct(row["persona"], unit, row["at"], row["completed"], row["within"])
        for row in found
        if row["strength"] > 0 and (unit := unit_of(row["item"] or row["step"], *_of_unit(row)))
    ]


def find_completers(database: Database, store: StoreId, item: str, limit: int) -> set[ObjectId]:
    """Return learners who completed an item, at most `limit`."""
    condition = {"item": item, "completed": True}
    found = database.collection("interactions", store).iterate(condition, ["persona"], limit=limit)
    return {row["persona"] for row in found}


@dataclass(frozen=True, slots=True)
class Completion:
    """How many learners opened an item, how many completed it, and how many got half way at least."""

    opened: int = 0
    completed: int = 0
    halfway: int = 0


def find_completion(database: Database, store: StoreId, item: str, counted: Mapping[str, Any]) -> Completion:
    """Count how far learners, those whose persona matches `counted`, got; to talk about an item is not to open it."""
    stages: list[dict[str, Any]] = [
        {"$match": {"strength": {"$gt": 0}, "kind": {"$ne": "social"}, "persona": counted}},
        {"$match": {"private": {"$ne": True}}},
        {
            "$group": {
                "_id": "$persona",
                "completed": {"$max": {"$cond": ["$completed", 1, 0]}},
                "progress": {"$max": {"$cond": ["$completed", 1.0, "$progress"]}},
            }
        },
        {
            "$group": {
                "_id": None,
                "opened": {"$sum": 1},
                "completed": {"$sum": "$completed"},
                "halfway": {"$sum": {"$cond": [{"$gte": ["$progress", HALF]}, 1, 0]}},
            }
        },
    ]
    found = next(database.collection("interactions", store).aggregate({"item": item}, stages), None)
    return Completion(found["opened"], found["completed"], found["halfway"]) if found else Completion()
