"""Landmarks: every few hundred Statements one order key is noted, so that a page is read through a window.

A window holds about the same number of Statements whether they came in a second or in a year, so the time
of a page does not grow with the store. Landmarks are hints: with all of them lost, answers stay the same.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator

from lrs.storage.database import Database, StoreId

STATEMENTS_PER_LANDMARK = 200
WIDENING = 3
REFRESH_EVERY_S = 1.0

Window = tuple[bytes, bytes]


class Landmarks:
    """The landmarks of all stores, as known to this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._written: dict[StoreId, int] = defaultdict(int)
        self._known: dict[StoreId, list[bytes]] = defaultdict(list)
        self._refreshed: dict[StoreId, float] = defaultdict(float)

    def count(self, store: StoreId, statements: int, last_seq: bytes) -> None:
        """Count Statements just stored; note a landmark when enough came together."""
        with self._lock:
            self._written[store] += statements
            due = self._written[store] >= STATEMENTS_PER_LANDMARK
            if due:
                self._written[store] = 0
        if due:
            self._database.collection("landmarks", store).insert_many([{"seq": last_seq}])

    def windows(self, store: StoreId, low: bytes, high: bytes, ascending: bool) -> Iterator[Window]:
        """Yield adjoining windows (low, high] that cover the range, each wider than the one before."""
        cuts = self._between(store, low, high)
        edges = [low, *cuts, high]
        if not ascending:
            edges.reverse()
        position, width = 0, 1
        while position < len(edges) - 1:
            end = min(position + width, len(edges) - 1)
            first, second = edges[position], edges[end]
            yield (first, second) if ascending else (second, first)
            position, width = end, width * WIDENING

    def _between(self, store: StoreId, low: bytes, high: bytes) -> list[bytes]:
        known = self._refresh(store)
        return known[bisect_right(known, low) : bisect_left(known, high)]

    def _refresh(self, store: StoreId) -> list[bytes]:
        with self._lock:
            known = self._known[store]
            if time.monotonic() - self._refreshed[store] < REFRESH_EVERY_S:
                return known
            self._refreshed[store] = time.monotonic()
            after = known[-1] if known else b""
        rows = self._database.collection("landmarks", store).find({"seq": {"$gt": after}}, ["seq"])
        with self._lock:
            merged = sorted({*known, *(bytes(row["seq"]) for row in rows)})
            self._known[store] = merged
            return merged
