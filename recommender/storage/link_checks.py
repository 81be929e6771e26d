"""What became of the addresses of nuggets when they were last checked, for 90 days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable

COLLECTION = "link_checks"
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """What an address of a nugget answered (a status, or what went wrong) at a time (us).

    It `failed` if it did not lead anywhere then, and `is_dead` if that is surely no passing fault.
    """

    activity: str
    address: str
    answer: str
    failed: bool
    is_dead: bool
    at: int


def write_check(database: Database, store: StoreId, one: LinkCheck) -> None:
    """Keep a check instead of the one before of the same nugget."""
    values = {name: getattr(one, name) for name in LinkCheck.__slots__}
    values["expires"] = datetime.fromtimestamp(one.at / 1_000_000, timezone.utc) + timedelta(days=KEPT_DAYS)
    key = f"{store}:{sha256(one.activity.encode('utf-8', 'surrogatepass')).hexdigest()}"
    with unavailable_when_unreachable():
        database.collection(COLLECTION, store).update_one({"_id": key}, {"$set": values}, upsert=True)


def iterate_checks(database: Database, store: StoreId, *, dead_only: bool = False) -> Iterator[LinkCheck]:
    """Yield the checks of a store, or those that found a dead link, in no order."""
    with unavailable_when_unreachable():
        rows = database.collection(COLLECTION, store).iterate({"is_dead": True} if dead_only else {})
        yield from map(_check, rows)


def _check(row: Row) -> LinkCheck:
    return LinkCheck(**{name: row[name] for name in LinkCheck.__slots__})
