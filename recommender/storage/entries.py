"""What people enter by hand (nuggets, roles, learners) in MongoDB, changed only by compare-and-swap.

Values are JSON text, so that keys with dots are kept. Each change of a store's entries, of one or of
thousands, is one transaction that holds only if nothing was changed since the caller read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Literal

from bson import Binary
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.embedded_engine.budget import bytes_of
from lrs.storage.transactions import in_transaction
from schemas.json_text import dump_json, parse_json

Kind = Literal["nuggets", "roles", "learners"]
Values = Mapping[str, Any]

COLLECTIONS: Mapping[Kind, str] = {
    "nuggets": "entered_nuggets",
    "roles": "entered_roles",
    "learners": "entered_learners",
}
_EDITIONS: Mapping[Kind, str] = {"nuggets": "catalogue", "roles": "catalogue", "learners": "learners"}
ROWS_PER_WRITE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered under a key; `etag` is another for other values."""

    key: str
    values: Values
    etag: str


def find_entries(database: Database, store: StoreId, kind: Kind, keys: Sequence[str]) -> dict[str, Entry]:
    """Return what was entered under these keys."""
    rows = database.collection(COLLECTIONS[kind], store)
    with unavailable_when_unreachable():
        found = rows.find_by_ids([_id(store, key) for key in keys])
    return {row["key"]: _entry(row) for row in found}


def all_entries(database: Database, store: StoreId, kind: Kind) -> dict[str, Entry]:
    """Return everything that was entered, by key in order."""
    with unavailable_when_unreachable():
        found = database.collection(COLLECTIONS[kind], store).find({})
    return {row["key"]: _entry(row) for row in sorted(found, key=lambda row: str(row["key"]))}


def all_keys(database: Database, store: StoreId, kind: Kind) -> set[str]:
    """Return the keys under which something was entered."""
    with unavailable_when_unreachable():
        found = database.collection(COLLECTIONS[kind], store).find({}, ["key"])
    return {row["key"] for row in found}


def find_edition(database: Database, store: StoreId, kind: Kind) -> int:
    """Return how many times entries of this kind were changed; nuggets and roles count together."""
    return _numbers(database, store, kind)[0]


def find_catalogue_version(database: Database, store: StoreId) -> int:
    """Return a number that grows with each change of nuggets and roles, entered or harvested."""
    return sum(_numbers(database, store, "nuggets"))


def note_harvest(database: Database, store: StoreId) -> None:
    """Let the version of the catalogue grow: Statements brought something new."""
    _ensure_numbers(database, store, "nuggets")
    rows = database.collection("catalogue_editions", store)
    rows.update_one({"_id": _number_id(store, "nuggets")}, {"$inc": {"harvests": 1}})


def change_entries(
    database: Database, store: StoreId, kind: Kind, edition: int, changes: Mapping[str, Values | None]
) -> bool:
    """Write the values of each key, None to delete; False if the edition is not the one any more."""
    _ensure_numbers(database, store, kind)
    rows = database.collection(COLLECTIONS[kind], store)
    numbers = database.collection("catalogue_editions", store)
    condition = {"_id": _number_id(store, kind), "edits": edition}
    written = [_row(store, key, values) for key, values in changes.items() if values is not None]

    def work(session: ClientSession) -> bool:
        if not numbers.update_one(condition, {"$inc": {"edits": 1}}, session=session):
            return False
        for chunk in _chunks([_id(store, key) for key in changes]):
            rows.delete_many({"_id": {"$in": chunk}}, session=session)
        for chunk in _chunks(written):
            rows.insert_many(chunk, session=session)
        return True

    with unavailable_when_unreachable():
        return in_transaction(database, bytes_of([row["text"] for row in written]), work)


def etag_of(values: Values) -> str:
    """Return the ETag of values without quotes."""
    return sha1(dump_json(values), usedforsecurity=False).hexdigest()


def _numbers(database: Database, store: StoreId, kind: Kind) -> tuple[int, int]:
    with unavailable_when_unreachable():
        found = database.collection("catalogue_editions", store).find_one({"_id": _number_id(store, kind)})
    return (found["edits"], found["harvests"]) if found else (0, 0)


def _ensure_numbers(database: Database, store: StoreId, kind: Kind) -> None:
    """Made by an insert that may lose the race, never by an upsert (see lrs.storage.counters)."""
    rows = database.collection("catalogue_editions", store)
    if rows.find_one({"_id": _number_id(store, kind)}, ["_id"]) is None:
        with suppress(BulkWriteError):
            rows.insert_many([{"_id": _number_id(store, kind), "edits": 0, "harvests": 0}])


def _number_id(store: StoreId, kind: Kind) -> str:
    return f"{store}:{_EDITIONS[kind]}"


def _id(store: StoreId, key: str) -> str:
    return f"{store}:{key}"


def _chunks(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + ROWS_PER_WRITE] for start in range(0, len(items), ROWS_PER_WRITE)]


def _row(store: StoreId, key: str, values: Values) -> Row:
    return {"_id": _id(store, key), "key": key, "text": Binary(dump_json(values)), "etag": etag_of(values)}


def _entry(row: Row) -> Entry:
    return Entry(row["key"], parse_json(bytes(row["text"])), row["etag"])
