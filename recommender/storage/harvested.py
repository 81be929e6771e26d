"""The nuggets that Statements brought: which there are, and which of them wait for others to value them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId


@dataclass(frozen=True, slots=True)
class Harvested:
    """An Activity seen in interactions: the digest of its definition, and what it takes to be a nugget.

    A post (what somebody wrote, asked or answered) waits until enough others valued it. `in_course` tells that a
    Statement places the Activity in a course.
    """

    activity: str
    digest: str
    post: bool = False
    waiting: bool = False
    in_course: bool = False


def find_harvested(database: Database, store: StoreId, activities: Sequence[str]) -> dict[str, Harvested]:
    """Return the rows of those of these Activities that were seen in interactions."""
    rows = database.collection("harvested_nuggets", store)
    found = rows.find_by_ids([f"{store}:{activity}" for activity in activities])
    return {
        row["activity"]: Harvested(
            row["activity"], row["digest"], row["post"], row["waiting"], row["in_course"]
        )
        for row in found
    }


def all_harvested(database: Database, store: StoreId) -> dict[str, bool]:
    """Return every Activity seen in interactions and whether it waits to be valued."""
    found = database.collection("harvested_nuggets", store).iterate({}, ["activity", "waiting"])
    return {row["activity"]: row["waiting"] for row in found}


def find_waiting(database: Database, store: StoreId) -> set[str]:
    """Return the Activities that too few learners valued to be nuggets."""
    found = database.collection("harvested_nuggets", store).iterate({"waiting": True}, ["activity"])
    return {row["activity"] for row in found}


def write_harvested(
    database: Database, store: StoreId, before: Mapping[str, Harvested], after: Mapping[str, Harvested | None]
) -> bool:
    """Write the rows that changed, None for one to delete; return whether any did."""
    changed = {name: row for name, row in after.items() if row != before.get(name)}
    rows = database.collection("harvested_nuggets", store)
    for chunk in in_chunks(list(changed)):
        rows.delete_many({"_id": {"$in": [f"{store}:{name}" for name in chunk if name in before]}})
        kept = [row for name in chunk if (row := changed[name]) is not None]
        if kept:
            rows.insert_many([{"_id": f"{store}:{row.activity}", **asdict(row)} for row in kept])
    return bool(changed)
