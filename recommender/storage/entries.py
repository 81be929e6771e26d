"""Entries that people make by hand (nuggets, roles, learners, labels) in MongoDB, changed only by compare-and-swap.

Values are JSON text, so that keys with dots are kept. Each change of a store's entries, of one or of
thousands, is one transaction that holds only if nothing was changed since the caller read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha1
from typing import Any, Literal

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from lrs.storage.chunks import AT_ONCE, in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.record_sets import StoreRecords, records_of, rows_of
from lrs.storage.transactions import WriteSize
from recommender.storage.records import (
    EditionsRecord,
    EntryRecord,
    LabelEntryRecord,
    LearnerEntryRecord,
    NuggetEntryRecord,
    RoleEntryRecord,
)
from schemas.json_text import dump_json, parse_json

Kind = Literal["nuggets", "roles", "learners", "labels"]
Values = Mapping[str, Any]

_RECORDS: Mapping[Kind, type[EntryRecord]] = {
    "nuggets": NuggetEntryRecord,
    "roles": RoleEntryRecord,
    "learners": LearnerEntryRecord,
    "labels": LabelEntryRecord,
}
_EDITIONS: Mapping[Kind, str] = {
    "nuggets": "catalogue",
    "roles": "catalogue",
    "labels": "catalogue",
    "learners": "learners",
}


@dataclass(frozen=True, slots=True)
class Revision:
    """How many times a catalogue was changed by people (`edits`) and by Statements (`harvests`)."""

    edits: int = 0
    harvests: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """The values entered under a key, first at a time (us); `etag` differs whenever the values do."""

    key: str
    values: Values
    etag: str
    made_us: int = 0


def find_entries(database: Database, store: StoreId, kind: Kind, keys: Sequence[str]) -> dict[str, Entry]:
    """Return what was entered under these keys."""
    with unavailable_when_unreachable():
        found = rows_of(database, _RECORDS[kind], store).find_by_ids([_id(store, key) for key in keys])
        return {row["name"]: _entry(row) for row in found}


def iterate_entries(
    database: Database, store: StoreId, kind: Kind, after: str = "", limit: int | None = None
) -> Iterator[Entry]:
    """Stream what was entered under the keys behind `after`, in their order, at most `limit`."""
    entries = _entries(database, store, kind)(name__gt=after) if after else _entries(database, store, kind)
    with unavailable_when_unreachable():
        for row in entries.order_by("name").limit(limit).batch_size(AT_ONCE).as_pymongo():
            yield _entry(row)


def all_keys(database: Database, store: StoreId, kind: Kind) -> set[str]:
    """Return the keys under which something was entered."""
    with unavailable_when_unreachable():
        return {row["name"] for row in _entries(database, store, kind).only("name").as_pymongo()}


def find_edition(database: Database, store: StoreId, kind: Kind) -> int:
    """Return how many times entries of this kind were changed; nuggets, roles and labels count together."""
    return _numbers(database, store, kind)[0]


def find_revision(database: Database, store: StoreId) -> Revision:
    """Return how many times nuggets, roles and labels were changed, by people and by Statements."""
    return Revision(*_numbers(database, store, "nuggets"))


def find_edited(database: Database, store: StoreId, after: int) -> set[str]:
    """Return the nuggets that people changed after so many changes; those of the last day are known."""
    rows = database.collection("nugget_edits", store).iterate({"edits": {"$gt": after}}, ["activities"])
    return {activity for row in rows for activity in row["activities"]}


def note_harvest(database: Database, store: StoreId) -> None:
    """Let the version of the catalogue grow: Statements brought something new."""
    _ensure_numbers(database, store, "nuggets")
    _editions(database, store, "nuggets").update_one(inc__harvests=1)


def change_entries(
    database: Database, store: StoreId, kind: Kind, edition: int, changes: Mapping[str, Values | None]
) -> bool:
    """Write the values of each key, None to delete; False if the edition is not the one any more."""
    _ensure_numbers(database, store, kind)
    rows = rows_of(database, _RECORDS[kind], store)
    numbers = rows_of(database, EditionsRecord, store)
    log = database.collection("nugget_edits", store)
    condition = {"_id": _number_id(store, kind), "edits": edition}
    made = {
        row["name"]: row.get("made_us", 0) for row in rows.find_by_ids([_id(store, key) for key in changes])
    }
    now = time.time_ns() // 1000
    written = [
        _row(store, kind, key, values, made.get(key, now))
        for key, values in changes.items()
        if values is not None
    ]

    def work(session: ClientSession) -> bool:
        if not numbers.update_one(condition, {"$inc": {"edits": 1}}, session=session):
            return False
        for ids in in_chunks([_id(store, key) for key in changes]):
            rows.delete_many({"_id": {"$in": list(ids)}}, session=session)
        for chunk in in_chunks(written):
            rows.insert_many(chunk, session=session)
        if kind == "nuggets":
            log.insert_many(_log_rows(edition + 1, list(changes)), session=session)
        return True

    with unavailable_when_unreachable():
        return database.in_transaction(WriteSize.of_texts([row["text"] for row in written]), work)


def etag_of(values: Values) -> str:
    """Return the ETag of values without quotes."""
    return sha1(dump_json(values), usedforsecurity=False).hexdigest()


def _numbers(database: Database, store: StoreId, kind: Kind) -> tuple[int, int]:
    with unavailable_when_unreachable():
        found = _editions(database, store, kind).as_pymongo().first()
    return (found["edits"], found["harvests"]) if found else (0, 0)


def _ensure_numbers(database: Database, store: StoreId, kind: Kind) -> None:
    """Made by an insert that may lose the race, never by an upsert (see lrs.storage.counters)."""
    if _editions(database, store, kind).only("key").as_pymongo().first() is None:
        record = EditionsRecord(key=_number_id(store, kind), store=store, edits=0, harvests=0)
        with suppress(NotUniqueError):
            records_of(database, EditionsRecord, store).insert(record)


def _entries(database: Database, store: StoreId, kind: Kind) -> StoreRecords:
    return records_of(database, _RECORDS[kind], store)


def _editions(database: Database, store: StoreId, kind: Kind) -> StoreRecords:
    return records_of(database, EditionsRecord, store)(key=_number_id(store, kind))


def _number_id(store: StoreId, kind: Kind) -> str:
    return f"{store}:{_EDITIONS[kind]}"


def _id(store: StoreId, key: str) -> str:
    return f"{store}:{key}"


def _row(store: StoreId, kind: Kind, key: str, values: Values, made_us: int) -> Row:
    text, etag = dump_json(values), etag_of(values)
    record = _RECORDS[kind](key=_id(store, key), store=store, name=key, text=text, etag=etag, made_us=made_us)
    record.validate()
    return dict(record.to_mongo())


def _log_rows(edits: int, activities: Sequence[str]) -> list[Row]:
    """Return few documents that name what was changed, so that no process needs to read the catalogue again."""
    at = datetime.now(timezone.utc)
    return [{"edits": edits, "activities": list(some), "at": at} for some in in_chunks(activities)]


def _entry(row: Row) -> Entry:
    return Entry(row["name"], parse_json(bytes(row["text"])), row["etag"], row.get("made_us", 0))
