"""Tells processes in which stores Activity definitions are changing; in all others they may use what they hold.

Before changing an existing definition, a process announces the store and waits until every other process has either
seen the announcement or stopped trusting what it read last. A definition that does not change costs no round trip.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.errors import PyMongoError

from lrs.logging import log_failure
from lrs.storage.database import Database, StoreId
from lrs.storage.stored_time import database_time

LOOK_EVERY_S = 0.05
TRUSTED_S = 0.15  # how long what was seen last counts
SEEN_BY_ALL_S = 0.2
QUIET_AFTER_S = 60.0  # how long a store that was announced counts as changing
ANNOUNCED_S = (
    30.0  # how long its announcement covers further changes: less than all others take it for changing
)
KEPT = timedelta(hours=1)

_logger = logging.getLogger("lrs.definitions")


class DefinitionChanges:
    """The announcements that one process has seen. Call `start` first: until then no store counts as quiet."""

    def __init__(self, database: Database, tell: Callable[[StoreId], None]) -> None:
        self._database = database
        self._rows = database.db["definition_changes"]
        self._tell = tell
        self._tokens: dict[StoreId, ObjectId] = {}
        self._changing: dict[StoreId, float] = {}
        self._announced: dict[StoreId, float] = {}
        self._seen_at = float("-inf")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_for_ever, name="definition-changes", daemon=True)

    def start(self) -> None:
        """Start looking for announcements."""
        self._look(database_time(self._database) - timedelta(seconds=QUIET_AFTER_S))
        self._thread.start()

    def stop(self) -> None:
        """Stop looking for announcements."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def is_quiet(self, store: StoreId) -> bool:
        """Return whether no process changes definitions of a store at this time."""
        now = time.monotonic()
        changing = self._changing.get(store)
        return now - self._seen_at < TRUSTED_S and (changing is None or now - changing > QUIET_AFTER_S)

    def announce(self, store: StoreId) -> None:
        """Announce that definitions of a store are about to change; return when every process respects that."""
        if time.monotonic() - self._announced.get(store, float("-inf")) < ANNOUNCED_S:
            return
        announced = time.monotonic()
        change = [{"$set": {"token": ObjectId(), "at": "$$NOW"}}]
        self._rows.update_one({"_id": store}, change, upsert=True)
        self._changing[store] = time.monotonic()
        time.sleep(SEEN_BY_ALL_S)
        self._announced[store] = announced
        self._tell(store)

    def _look(self, since: datetime = datetime.min) -> None:
        started = time.monotonic()
        rows = list(self._rows.find())
        fresh = [row for row in rows if self._tokens.get(row["_id"]) != row["token"]]
        self._tokens.update({row["_id"]: row["token"] for row in fresh})
        changing = [row["_id"] for row in fresh if row["at"] >= since]
        self._changing.update(dict.fromkeys(changing, started))
        self._seen_at = started
        for store in changing:
            self._tell(store)
        newest = max((row["at"] for row in rows), default=None)
        if newest and any(row["at"] < newest - KEPT for row in rows):
            self._rows.delete_many({"at": {"$lt": newest - KEPT}})

    def _look_for_ever(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            try:
                self._look()
            except PyMongoError as error:
                log_failure(_logger, "definition_changes_not_seen", error=type(error).__name__)
