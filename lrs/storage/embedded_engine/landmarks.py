"""Landmarks: the order key of one Statement in every few, so that a page can be read through a window.

A window holds about the same number of Statements whether they came in a second or in a year, so the time that
a page takes does not grow with the store. Landmarks are hints: answers would be the same without them.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pymongo.client_session import ClientSession

from lrs.storage.inserts import insert_free
from lrs.storage.statement_documents import LOWEST_SEQ, SeqRange
from lrs.storage.tenancy import Collections, StoreId

STATEMENTS_PER_LANDMARK = 20
"""Six of them hold a page of a hundred and the Statement after it, which shows whether there is more."""
WIDENING = 3
REFRESH_EVERY_S = 0.25
OVERLAP = 16


class Landmarks:
    """The landmarks of all stores, as known to this process."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections
        self._lock = threading.Lock()
        self._written: dict[StoreId, int] = defaultdict(int)
        self._known: dict[StoreId, list[bytes]] = defaultdict(list)
        self._refreshed: dict[StoreId, float] = defaultdict(float)

    def count(self, store: StoreId, seqs: Sequence[bytes], session: ClientSession | None = None) -> None:
        """Count Statements stored; note a landmark wherever enough came together."""
        with self._lock:
            before = self._written[store]
            self._written[store] = (before + len(seqs)) % STATEMENTS_PER_LANDMARK
        due = seqs[STATEMENTS_PER_LANDMARK - before - 1 :: STATEMENTS_PER_LANDMARK]
        if due:
            landmarks = self._collections.collection("landmarks", store)
            ordered = session is not None
            insert_free(landmarks, [{"seq": seq} for seq in due], ordered=ordered, session=session)

    def window(self, store: StoreId, span: SeqRange, *, ascending: bool, statements: int) -> SeqRange:
        """Return the beginning of a span (its end when descending) with so many Statements or a few more."""
        known = self._refresh(store)
        steps = -(-statements // STATEMENTS_PER_LANDMARK)
        if ascending:
            edge = bisect_right(known, span.low) + steps
            return SeqRange(span.low, min(span.high, known[edge])) if edge < len(known) else span
        edge = bisect_left(known, span.high) - 1 - steps
        return SeqRange(max(span.low, known[edge]), span.high) if edge >= 0 else span

    def windows(self, store: StoreId, span: SeqRange, *, ascending: bool) -> Iterator[SeqRange]:
        """Yield adjoining windows that cover a span, each wider than the one before."""
        statements = STATEMENTS_PER_LANDMARK
        while span.low < span.high:
            window = self.window(store, span, ascending=ascending, statements=statements)
            yield window
            span = span.without(window, ascending=ascending)
            statements *= WIDENING

    def is_newest(self, store: StoreId, span: SeqRange) -> bool:
        """Return whether a span reaches beyond the last landmark: each process that writes may add a few there."""
        known = self._known[store]
        return not known or span.high > known[-1]

    def statements_between(self, store: StoreId, span: SeqRange) -> int:
        """Return about how many Statements a span holds; one at least."""
        known = self._known[store]
        passed = bisect_right(known, span.high) - bisect_right(known, span.low)
        return max(1, passed * STATEMENTS_PER_LANDMARK)

    def _refresh(self, store: StoreId) -> list[bytes]:
        """Return the landmarks known, in order. The last ones are read again: some come out of order."""
        with self._lock:
            known = self._known[store]
            if time.monotonic() - self._refreshed[store] < REFRESH_EVERY_S:
                return known
            self._refreshed[store] = time.monotonic()
            after = known[-OVERLAP] if len(known) >= OVERLAP else LOWEST_SEQ
        rows = self._collections.collection("landmarks", store).find({"seq": {"$gt": after}}, ["seq"])
        seqs = {bytes(row["seq"]) for row in rows}
        with self._lock:
            start = bisect_right(known, after)
            known[start:] = sorted({*known[start:], *seqs})
        return known
