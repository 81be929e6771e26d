"""Landmarks: every fifty Statements one order key is noted, so that a page is read through a window.

A window holds about the same number of Statements whether they came in a second or in a year, so the time
of a page does not grow with the store. Landmarks are hints: with all of them lost, answers stay the same.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from lrs.storage.database import Database, StoreId

STATEMENTS_PER_LANDMARK = 50
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

    def count(self, store: StoreId, seqs: Sequence[bytes]) -> None:
        """Count Statements just stored; note a landmark wherever enough came together."""
        with self._lock:
            before = self._written[store]
            self._written[store] = (before + len(seqs)) % STATEMENTS_PER_LANDMARK
        due = seqs[STATEMENTS_PER_LANDMARK - before - 1 :: STATEMENTS_PER_LANDMARK]
        if due:
            self._database.collection("landmarks", store).insert_many([{"seq": seq} for seq in due])

    def windows(
        self, store: StoreId, low: bytes, high: bytes, *, ascending: bool, first: int = 1
    ) -> Iterator[Window]:
        """Yield adjoining windows (low, high] that cover the range, each wider than the one before.

        The first one holds `first` Statements or somewhat more.
        """
        cuts = self._between(store, low, high)
        edges = [low, *cuts, high]
        if not ascending:
            edges.reverse()
        position, width = 0, 2 + first // STATEMENTS_PER_LANDMARK
        while position < len(edges) - 1:
            end = min(position + width, len(edges) - 1)
            near, far = edges[position], edges[end]
            yield (near, far) if ascending else (far, near)
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
