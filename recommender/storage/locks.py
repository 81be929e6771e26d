"""Locks with a lease, so that a job that was killed does not block for ever."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from mongoengine.errors import NotUniqueError
from pymongo.errors import PyMongoError

from lrs.storage.database import Database, StoreId
from lrs.storage.record_sets import StoreRecords, records_of
from lrs.storage.renewing import renewed
from recommender.storage.records import LockRecord

CLOCKS_DIFFER = timedelta(minutes=1)
"""By so much at most do the clocks of the machines differ."""
_logger = logging.getLogger("recommender.locks")


def acquire_lock(database: Database, store: StoreId, name: str, lease_s: int) -> str | None:
    """Take the store's lock `name` for `lease_s` seconds; return its token, or None if another holds it.

    An update of a lease that ran out, or else an insert that may lose the race: two upserts of one document at
    the same instant are where servers differ.
    """
    token, now, lock = uuid.uuid4().hex, _now(), _lock(database, store, name)
    until = now + timedelta(seconds=lease_s)
    # A lease that was taken in the future was taken before the clock was set back.
    ran_out = {"$or": [{"until": {"$lt": now}}, {"taken": {"$gt": now + CLOCKS_DIFFER}}]}
    if lock(__raw__=ran_out).update_one(token=token, taken=now, until=until):
        return token
    record = LockRecord(key=_key(store, name), store=store, token=token, taken=now, until=until)
    try:
        records_of(database, LockRecord, store).insert(record)
    except NotUniqueError:
        return token if _holds(lock, token) else None
    return token


def renew_lock(database: Database, store: StoreId, name: str, token: str, lease_s: int) -> bool:
    """Hold on to the lock for another `lease_s` seconds; False when it was lost to another."""
    now = _now()
    until = now + timedelta(seconds=lease_s)
    return bool(_lock(database, store, name)(token=token).update_one(taken=now, until=until))


def release_lock(database: Database, store: StoreId, name: str, token: str) -> None:
    """Give the lock back; harmless when it was lost meanwhile."""
    _lock(database, store, name)(token=token).delete()


def find_held_locks(database: Database, store: StoreId) -> set[str]:
    """Return the names of the locks of a store that somebody holds now: what runs."""
    held = records_of(database, LockRecord, store)(until__gte=_now()).as_pymongo()
    return {row["_id"].partition(":")[2] for row in held}


@contextmanager
def renewed_lock(database: Database, store: StoreId, name: str, token: str, lease_s: int) -> Iterator[None]:
    """Renew a lock from a thread for as long as the block runs, so that its lease may be short."""

    def renew() -> bool:
        try:
            if renew_lock(database, store, name, token, lease_s):
                return True
            _logger.warning("lock %s lost to another process", name)
        except PyMongoError as error:  # tried again soon
            _logger.warning("lock %s not renewed: %s", name, type(error).__name__)
            return True
        return False  # the block learns of it when it renews the lock itself

    with renewed(renew, lease_s / 4, "lock-renewal"):
        yield


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _lock(database: Database, store: StoreId, name: str) -> StoreRecords:
    return records_of(database, LockRecord, store)(key=_key(store, name))


def _key(store: StoreId, name: str) -> str:
    return f"{store}:{name}"


def _holds(lock: StoreRecords, token: str) -> bool:
    """Return whether an insert was refused because it was done already: a lost one may be sent twice."""
    held = lock.only("token").as_pymongo().first()
    return held is not None and held["token"] == token
