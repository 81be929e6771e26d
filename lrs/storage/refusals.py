"""Refusals in MongoDB: one counter for each day, credential, code and rule, removed after `KEPT`.

So a store has as many as its credentials have ways to fail, however often they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.stored_time import now_us

COLLECTION = "refusals"
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """Whose request was refused, and why."""

    key: str
    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class CountedRefusals:
    """How often that happened on one day (UTC), and when (us) it did last."""

    day: str
    kind: RefusalKind
    count: int
    last: int


class RefusalsRepository:
    """The refusals of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._store = store
        self._rows = database.collection(COLLECTION, store)

    def add(self, kind: RefusalKind, number: int) -> None:
        """Count more refusals of today.

        Made by an insert that may lose the race, never by an upsert (see `lrs.storage.counters`).
        """
        today = datetime.now(timezone.utc).date().isoformat()
        text = "\n".join((today, kind.key, kind.code, kind.rule))
        one = {"_id": f"{self._store}:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"}
        change = {"$inc": {"count": number}, "$set": {"last": now_us()}}
        with unavailable_when_unreachable():
            if not self._rows.update_one(one, change):
                expires = datetime.now(timezone.utc) + KEPT
                row = {**one, "day": today, "key": kind.key, "code": kind.code, "rule": kind.rule}
                insert_free(self._rows, [{**row, "count": 0, "expires": expires}], ordered=False)
                self._rows.update_one(one, change)

    def find_since(self, first: date) -> list[CountedRefusals]:
        """Return what was counted on a day or after it, the newest day and the most frequent first."""
        condition = {"day": {"$gte": first.isoformat()}}
        with unavailable_when_unreachable():
            found = [_counted(row) for row in self._rows.iterate(condition)]
        return sorted(found, key=lambda one: (one.day, one.count), reverse=True)


def _counted(row: Mapping[str, Any]) -> CountedRefusals:
    kind = RefusalKind(row["key"], row["code"], row["rule"])
    return CountedRefusals(row["day"], kind, row["count"], row.get("last", 0))
