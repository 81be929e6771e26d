"""Named values that all processes of the service share: numbers that are given out once, and secrets.

They are created by an insert that may lose a race, not by an upsert: servers differ in how they treat two upserts of
one document at the same time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from lrs.storage.database import Database, Row
from lrs.storage.driver_errors import unavailable_when_unreachable


def next_number(database: Database, name: str) -> int:
    """Return a number that no other process gets: 1, 2, 3, ..."""
    with unavailable_when_unreachable():
        counters = _made(database, "counters", {"_id": name, "value": 0})
        row = counters.find_one_and_update(
            {"_id": name}, {"$inc": {"value": 1}}, return_document=ReturnDocument.AFTER
        )
    assert row is not None  # made above, and never deleted
    return int(row["value"])


def find_number(database: Database, name: str) -> int:
    """Return the number of this name; 0 if there is none."""
    row = database.db["counters"].find_one({"_id": name})
    return int(row["value"]) if row else 0


def raise_number(database: Database, name: str, value: int) -> None:
    """Make the number of this name at least `value`."""
    one, change = {"_id": name}, {"$max": {"value": value}}
    if not database.db["counters"].update_one(one, change).matched_count:
        _made(database, "counters", {**one, "value": 0}).update_one(one, change)


def find_or_create_secret(database: Database, name: str, make: Callable[[], str] | None = None) -> str:
    """Return the secret of this name; the first process to ask makes it, at random unless it says how."""
    kept, wanted = database.db["service_secrets"], {"_id": name}
    with unavailable_when_unreachable():
        row = kept.find_one(wanted)
        if row is None:
            value = make() if make else secrets.token_urlsafe(48)
            row = _made(database, "service_secrets", {**wanted, "value": value}).find_one(wanted)
    assert row is not None  # made above, and never deleted
    return str(row["value"])


def _made(database: Database, collection: str, row: dict[str, Any]) -> Collection[Row]:
    """Insert the row unless there is one with its id; return the collection."""
    found = database.db[collection]
    try:
        found.insert_one(row)
    except DuplicateKeyError:
        return found
    return found
