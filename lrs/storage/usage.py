"""How many bytes each store holds: texts of Statements, attachments, documents.

Each process adds up what it stores and removes, and adds it to the shared number once a second. What a process that
was killed had stored within its last second is not counted.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from contextlib import suppress

from pymongo.errors import DuplicateKeyError, PyMongoError

from lrs.logging import log_failure
from lrs.storage.tenancy import Collections, StoreId

FLUSH_EVERY_S = 1.0

_logger = logging.getLogger("lrs.usage")


class StoreUsage:
    """Counts for one process; share it between threads. What others store is known between `start` and `stop`."""

    def __init__(self, collections: Collections) -> None:
        self._totals = collections.db["store_usage"]
        self._lock = threading.Lock()
        self._pending: Counter[StoreId] = Counter()
        self._known: dict[StoreId, int] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, store: StoreId, count: int) -> None:
        """Count bytes that were stored; those that were removed are below 0."""
        with self._lock:
            self._pending[store] += count

    def of(self, store: StoreId) -> int:
        """Return the bytes of a store, as they were a second ago at most."""
        with self._lock:
            return self._known.get(store, 0) + self._pending[store]

    def start(self) -> None:
        """Read the numbers; go on in the background."""
        self.flush()
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._flush_for_ever, name="store-usage", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Add what is not added yet, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None
        elif any(self._pending.values()):
            self._try_to_flush()

    def flush(self) -> None:
        """Add what this process counted to the shared numbers, and read them."""
        with self._lock:
            pending = {store: count for store, count in self._pending.items() if count}
        for store, count in pending.items():
            if not self._add(store, count):
                with suppress(DuplicateKeyError):
                    self._totals.insert_one({"_id": store, "store": store, "bytes": 0})
                self._add(store, count)
            with self._lock:
                self._pending[store] -= count
        known = {row["_id"]: int(row["bytes"]) for row in self._totals.find()}
        with self._lock:
            self._known = known

    def _add(self, store: StoreId, count: int) -> bool:
        return self._totals.update_one({"_id": store}, {"$inc": {"bytes": count}}).matched_count > 0

    def _flush_for_ever(self) -> None:
        while not self._stopping.wait(FLUSH_EVERY_S):
            self._try_to_flush()
        self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self.flush()
        except PyMongoError as error:
            log_failure(_logger, "usage_not_counted", error=type(error).__name__)
