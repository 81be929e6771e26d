"""Answers of figures in MongoDB: what was asked, who waits for it, and what was counted.

A document is one question. Processes that answer requests note in it that the question was asked, and `wanted` since
when one waits for an answer. The process that counts writes the answer. Questions that nobody asked for a week go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any

from bson import Binary
from pymongo import ASCENDING

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from schemas.json_text import dump_json

COLLECTION = "insight_answers"
MOST_READ = 500
_QUESTION = ("figure", "until", "window_days", "by", "filters", "floor")
_STATE = ("agreeing", "day", "counted", "took_us")


@dataclass(frozen=True, slots=True)
class Wish:
    """A question of a store: `until` is the day before which is counted (days since 1970), 0 for always until today."""

    store: StoreId
    figure: str
    until: int
    window_days: int
    by: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]
    floor: int

    @property
    def id(self) -> str:
        """The id of its document."""
        told = [getattr(self, name) for name in _QUESTION]
        return f"{self.store}:{sha256(dump_json(told)).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Counted:
    """When (us) an answer was counted, for how long, for whom (a digest of those who agree), and before which day."""

    agreeing: str
    day: int
    counted: int
    took_us: int


def note_asked(database: Database, wish: Wish, now_us: int, *, wanted: bool) -> None:
    """Note that a question was asked, and perhaps that somebody waits for its answer."""
    question = {name: getattr(wish, name) for name in _QUESTION}
    change: dict[str, Any] = {"asked": _time(now_us), **({"wanted": now_us} if wanted else {})}
    with unavailable_when_unreachable():
        database.collection(COLLECTION, wish.store).update_one(
            {"_id": wish.id}, {"$set": change, "$setOnInsert": question}, upsert=True
        )


def find_counted(database: Database, wish: Wish) -> tuple[Counted | None, int]:
    """Return which answer there is to a question, and when (us) it was asked last; 0 for never."""
    with unavailable_when_unreachable():
        row = database.collection(COLLECTION, wish.store).find_one({"_id": wish.id}, ["asked", *_STATE])
    return (_counted(row), _us(row["asked"])) if row else (None, 0)


def find_body(database: Database, wish: Wish, counted: Counted) -> bytes | None:
    """Return an answer as it was written; None where it is not there any more."""
    condition = {"_id": wish.id, "counted": counted.counted}
    with unavailable_when_unreachable():
        row = database.collection(COLLECTION, wish.store).find_one(condition, ["body"])
    return bytes(row["body"]) if row else None


def write_answer(database: Database, wish: Wish, counted: Counted, body: bytes) -> None:
    """Write an answer in the place of an older one; nobody waits any more. A question that was dropped stays away."""
    state = {name: getattr(counted, name) for name in _STATE}
    with unavailable_when_unreachable():
        database.collection(COLLECTION, wish.store).update_one(
            {"_id": wish.id}, {"$set": {**state, "body": Binary(body), "wanted": 0}}
        )


def give_up(database: Database, wish: Wish) -> None:
    """Let a question wait no more: it could not be counted. It is counted again when it is asked again."""
    with unavailable_when_unreachable():
        database.collection(COLLECTION, wish.store).update_one({"_id": wish.id}, {"$set": {"wanted": 0}})


def find_wanted(database: Database, limit: int = 20) -> list[Wish]:
    """Return the questions, of all stores, for whose answers somebody waits, the longest waiting first."""
    with unavailable_when_unreachable():
        rows = database.db[COLLECTION].find({"wanted": {"$gt": 0}}, ["store", *_QUESTION])
        return [_wish(row) for row in rows.sort("wanted", ASCENDING).limit(limit)]


def find_asked(database: Database, since_us: int) -> list[tuple[Wish, int, Counted | None]]:
    """Return the questions, of all stores, asked since a time, when (us) they were, and what was counted."""
    with unavailable_when_unreachable():
        rows = database.db[COLLECTION].find(
            {"asked": {"$gt": _time(since_us)}}, ["store", "asked", *_QUESTION, *_STATE]
        )
        return [
            (_wish(row), _us(row["asked"]), _counted(row)) for row in rows.sort("asked", -1).limit(MOST_READ)
        ]


def iterate_bodies(database: Database, store: StoreId) -> Iterator[tuple[str, bytes]]:
    """Yield the figure and the answer of each question of a store that was answered."""
    rows = database.collection(COLLECTION, store).iterate({}, ["figure", "body"], batch_size=10)
    return ((row["figure"], bytes(row["body"])) for row in rows if "body" in row)


def drop_answers(database: Database, store: StoreId) -> int:
    """Remove all answers of a store; those who wait ask again. Return how many there were."""
    with unavailable_when_unreachable():
        return database.collection(COLLECTION, store).delete_many({})


def _time(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, timezone.utc)


def _us(time: datetime) -> int:
    return int(time.replace(tzinfo=timezone.utc).timestamp() * 1_000_000)


def _wish(row: Row) -> Wish:
    filters = tuple((name, value) for name, value in row["filters"])
    question: Mapping[str, Any] = {name: row[name] for name in _QUESTION}
    return Wish(**{**question, "store": row["store"], "by": tuple(row["by"]), "filters": filters})


def _counted(row: Row) -> Counted | None:
    return Counted(**{name: row[name] for name in _STATE}) if "body" in row or "counted" in row else None
