"""Locks with a lease, so that a job that was killed does not block for ever."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

from pymongo.errors import DuplicateKeyError, PyMongoError

from lrs.storage.database import Database, StoreId


def acquire_lock(database: Database, store: StoreId, name: str, lease_s: int) -> str | None:
    """Take the store's lock `name` for `lease_s` seconds; return its token, or None if another holds it."""
    token = uuid.uuid4().hex
    now = datetime.now(timezone.utc)
    condition = {"_id": f"{store}:{name}", "until": {"$lt": now}}
    change = {"$set": {"token": token, "until": now + timedelta(seconds=lease_s)}}
    try:
        database.collection("job_locks", store).update_one(condition, change, upsert=True)
    except DuplicateKeyError:
        return None
    return token


def renew_lock(database: Database, store: StoreId, name: str, token: str, lease_s: int) -> bool:
    """Hold on to the lock for another `lease_s` seconds; False when it was lost to another."""
    until = datetime.now(timezone.utc) + timedelta(seconds=lease_s)
    condition = {"_id": f"{store}:{name}", "token": token}
    return database.collection("job_locks", store).update_one(condition, {"$set": {"until": until}}) > 0


def release_lock(database: Database, store: StoreId, name: str, token: str) -> None:
    """Give the lock back; harmless when it was lost meanwhile."""
    database.collection("job_locks", store).delete_many({"_id": f"{store}:{name}", "token": token})


@contextmanager
def renewed_lock(database: Database, store: StoreId, name: str, token: str, lease_s: int) -> Iterator[None]:
    """Renew a lock from a thread for as long as the block runs, so that its lease may be short."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(lease_s / 4):
            with suppress(PyMongoError):  # tried again soon
                renew_lock(database, store, name, token, lease_s)

    thread = threading.Thread(target=renew, name="lock-renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
