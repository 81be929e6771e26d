"""Day rollups in MongoDB: who did what with which nugget on each day, and which days have changed since.

A day is a pure function of the interactions of that day, so a day that has changed is made from scratch. A mark says
that a day has changed. It is written after the interactions; who rolls up reads the marks first and removes only
those read, so that none is lost.

Versions are kept beside the days, in small documents: to see that nothing has changed costs the same however much
people do on a day. They are written after a day and removed before it, so that nobody takes an old day for a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from bson import Binary, ObjectId
from pymongo import ASCENDING

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId

DAY_US = 86_400_000_000
MARKS, DAYS, VERSIONS, MEASURES = "insight_marks", "insight_days", "insight_versions", "team_measures"
_FIELDS = (
    *("statement_id", "persona", "at", "item", "verb", "kind", "strength", "positive", "completed"),
    *("failed", "progress", "peer", "makes_post", "private"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the rollup of a day: `people` (12 bytes each), `names` of nuggets and verbs, and `rows` over both."""

    day: int
    part: int
    people: bytes
    names: tuple[str, ...]
    rows: bytes

    @property
    def version(self) -> bytes:
        """Return what differs where the content does."""
        digest = sha256(self.people)
        digest.update("\n".join(self.names).encode())
        digest.update(self.rows)
        return digest.digest()[:12]

    def holds(self, persona: ObjectId) -> bool:
        """Return whether somebody is among the people."""
        wanted = persona.binary
        return any(self.people[at : at + 12] == wanted for at in range(0, len(self.people), 12))


def day_of(at: int) -> int:
    """Return the day (since 1970, UTC) of a time (us)."""
    return at // DAY_US


def mark_days(database: Database, store: StoreId, times: Iterable[int]) -> None:
    """Note that the days of these times (us) have changed."""
    days = sorted({day_of(at) for at in times})
    if days:
        database.collection(MARKS, store).insert_many([{"days": days}])


def mark_all(database: Database, store: StoreId) -> None:
    """Note that every day that there is may have changed."""
    mark_days(database, store, (day * DAY_US for day, _ in find_versions(database, store)))


def find_marks(database: Database, store: StoreId) -> tuple[list[ObjectId], set[int]]:
    """Return the marks that there are, and the days that they name."""
    ids, days = [], set()
    for mark in database.collection(MARKS, store).iterate({}):
        ids.append(mark["_id"])
        days.update(mark["days"])
    return ids, days


def remove_marks(database: Database, store: StoreId, ids: Sequence[ObjectId], left: Collection[int]) -> None:
    """Remove marks that were read, but for the days that are `left` to do."""
    mark_days(database, store, (day * DAY_US for day in left))
    for some in in_chunks(ids):
        database.collection(MARKS, store).delete_many({"_id": {"$in": list(some)}})


def find_acts_of_day(database: Database, store: StoreId, day: int) -> Iterator[Row]:
    """Stream the acts of a day (interactions whose strength is not 0), as far as rollups need them."""
    span = {"$gte": day * DAY_US, "$lt": (day + 1) * DAY_US}
    rows = database.collection("interactions", store).iterate({"at": span}, _FIELDS)
    return (row for row in rows if row["strength"])


def find_undone(database: Database, store: StoreId) -> set[tuple[ObjectId, str]]:
    """Return who took which own Statement back."""
    found = database.collection("interactions", store).iterate({"undoes": {"$gt": ""}}, ["persona", "undoes"])
    return {(row["persona"], row["undoes"]) for row in found}


def find_versions(database: Database, store: StoreId) -> dict[tuple[int, int], bytes]:
    """Return the version of each part of each day."""
    found = database.collection(VERSIONS, store).iterate({}, ["day", "part", "version"])
    return {(row["day"], row["part"]): bytes(row["version"]) for row in found}


def iterate_parts(database: Database, store: StoreId, days: Collection[int] | None = None) -> Iterator[Part]:
    """Stream the parts of these days, or of all."""
    rows = database.collection(DAYS, store)
    if days is None:
        yield from map(_part, rows.iterate({}, sort=[("day", ASCENDING)], batch_size=10))
    for some in in_chunks(sorted(days or ()), 10):
        yield from map(_part, rows.iterate({"day": {"$in": list(some)}}, batch_size=10))


def write_day(database: Database, store: StoreId, day: int, parts: Sequence[Part]) -> None:
    """Write a day in the place of what there was; a day without parts is removed."""
    rows, versions = (database.collection(name, store) for name in (DAYS, VERSIONS))
    for part in parts:
        rows.update_one({"_id": f"{store}:{day}:{part.part}"}, {"$set": _document(part)}, upsert=True)
    for one in (versions, rows):
        one.delete_many({"day": day, "part": {"$gte": len(parts)}})
    for part in parts:
        version = {"day": day, "part": part.part, "version": Binary(part.version)}
        versions.update_one({"_id": f"{store}:{day}:{part.part}"}, {"$set": version}, upsert=True)


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of a team (a plain name) in a month ("2026-11")."""

    metric: str
    team: str
    period: str
    value: float


def write_measures(database: Database, store: StoreId, measures: Sequence[Measure]) -> None:
    """Write measures in the place of those of the same team, month and metric."""
    rows = database.collection(MEASURES, store)
    for one in measures:
        name = sha256("\n".join((one.metric, one.team, one.period)).encode()).hexdigest()
        rows.update_one({"_id": f"{store}:{name}"}, {"$set": asdict(one)}, upsert=True)


def find_measures(database: Database, store: StoreId) -> list[Measure]:
    """Return all measures of a store."""
    found = database.collection(MEASURES, store).iterate({}, ["metric", "team", "period", "value"])
    return [Measure(row["metric"], row["team"], row["period"], row["value"]) for row in found]


def _document(part: Part) -> Mapping[str, object]:
    return {
        "day": part.day,
        "part": part.part,
        "people": Binary(part.people),
        "names": list(part.names),
        "rows": Binary(part.rows),
    }


def _part(row: Row) -> Part:
    return Part(row["day"], row["part"], bytes(row["people"]), tuple(row["names"]), bytes(row["rows"]))
