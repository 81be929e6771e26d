"""How often pages were looked at, in MongoDB: one counter for each day and route, removed after `KEPT`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free

COLLECTION = "page_views"
KEPT = timedelta(days=90)


def add_views(database: Database, store: StoreId, day: date, route: str, number: int) -> None:
    """Count more views of a route.

    Made by an insert that may lose the race, never by an upsert (see `lrs.storage.counters`).
    """
    rows, one = database.collection(COLLECTION, store), {"_id": f"{store}:{day.isoformat()}:{route}"}
    change = {"$inc": {"count": number}}
    with unavailable_when_unreachable():
        if not rows.update_one(one, change):
            expires = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + KEPT
            row = {**one, "day": day.isoformat(), "route": route, "count": 0, "expires": expires}
            insert_free(rows, [row], ordered=False)
            rows.update_one(one, change)


def iterate_views(database: Database, store: StoreId, first: date) -> Iterator[tuple[date, str, int]]:
    """Yield day, route and number of views, from a day on, in no order."""
    with unavailable_when_unreachable():
        for row in database.collection(COLLECTION, store).iterate({"day": {"$gte": first.isoformat()}}):
            yield date.fromisoformat(row["day"]), row["route"], row["count"]
