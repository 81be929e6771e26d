"""The nuggets that Statements brought: which there are, and which of them wait for others to value them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId


@dataclass(frozen=True, slots=True)
class Harvested:
    """An Activity seen in interactions: the digest of its definition, and what it takes to be a nugget.

    A post (what somebody wrote, asked or answered) waits until enough others valued it. `in_course` tells that a
    Statement places the Activity in a course. One is `gone` when every Statement about it was voided. `born` is
    when (stored time, us) the first one came, `touched` when the last one came or went, `dropped` when the last one
    was voided or taken back.
    """

    activity: str
    digest: str
    post: bool = False
    waiting: bool = False
    in_course: bool = False
    gone: bool = False
    born: int = field(default=0, compare=False)
    touched: int = field(default=0, compare=False)
    dropped: int = field(default=0, compare=False)

    @property
    def is_nugget(self) -> bool:
        """Return whether it is a nugget now."""
        return not (self.waiting or self.gone)


_FIELDS = tuple(Harvested.__dataclass_fields__)


def find_harvested(database: Database, store: StoreId, activities: Sequence[str]) -> dict[str, Harvested]:
    """Return the rows of those of these Activities that were seen in interactions."""
    rows = database.collection("harvested_nuggets", store)
    found = rows.find_by_ids([f"{store}:{activity}" for activity in activities])
    return {row["activity"]: _harvested(row) for row in found}


def all_harvested(database: Database, store: StoreId) -> dict[str, Harvested]:
    """Return every Activity seen in interactions."""
    found = database.collection("harvested_nuggets", store).iterate({})
    return {row["activity"]: _harvested(row) for row in found}


def find_waiting(database: Database, store: StoreId) -> set[str]:
    """Return the Activities that too few learners valued to be nuggets."""
    return _names(database, store, {"waiting": True})


def find_changed(database: Database, store: StoreId, after: int) -> set[str]:
    """Return the Activities that Statements changed after so many changes."""
    return _names(database, store, {"harvests": {"$gt": after}})


def find_touched(database: Database, store: StoreId, after_us: int) -> set[str]:
    """Return the Activities about which Statements came, or were voided, after a stored time (us)."""
    return _names(database, store, {"touched": {"$gt": after_us}})


def find_dropped(database: Database, store: StoreId, since_us: int) -> set[str]:
    """Return the Activities about which Statements were voided or taken back since a stored time (us)."""
    return _names(database, store, {"dropped": {"$gte": since_us}})


def write_harvested(database: Database, store: StoreId, rows: Collection[Harvested], harvests: int) -> None:
    """Write rows in the place of those there were, as changed by the change of this number."""
    collection = database.collection("harvested_nuggets", store)
    for chunk in in_chunks(list(rows)):
        documents: list[Row] = [
            {"_id": f"{store}:{row.activity}", **asdict(row), "harvests": harvests} for row in chunk
        ]
        collection.delete_many({"_id": {"$in": [document["_id"] for document in documents]}})
        collection.insert_many(documents)


def touch_harvested(
    database: Database, store: StoreId, activities: Collection[str], at: int, *, dropped: bool = False
) -> None:
    """Note that Statements about these Activities came, or (`dropped`) were voided or taken back, at a stored time."""
    rows = database.collection("harvested_nuggets", store)
    times = {"touched": at, "dropped": at} if dropped else {"touched": at}
    for chunk in in_chunks(sorted(activities)):
        rows.update_many({"_id": {"$in": [f"{store}:{one}" for one in chunk]}}, {"$set": times})


def _names(database: Database, store: StoreId, condition: Mapping[str, object]) -> set[str]:
    found = database.collection("harvested_nuggets", store).iterate(condition, ["activity"])
    return {row["activity"] for row in found}


def _harvested(row: Row) -> Harvested:
    return Harvested(**{name: row[name] for name in _FIELDS if name in row})
