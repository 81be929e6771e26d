"""Landmarks: the order key of one Statement in every few, so that a page can be read through a window.

A window holds about the same number of Statements whether they came in a second or in a year, and fewer where they
are large, since the server keeps in memory all that a window holds. So neither the time of a page nor the memory for
it grows with the store. Landmarks are hints: answers would be the same without them.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from pymongo.client_session import ClientSession

from lrs.storage.chunks import BYTES_AT_ONCE
from lrs.storage.inserts import insert_free
from lrs.storage.statement_documents import LOWEST_SEQ, SeqRange, StatementRow
from lrs.storage.tenancy import Collections, Row, StoreId

STATEMENTS_PER_LANDMARK = 20
"""Six of them hold a page of a hundred and the Statement after it, which shows whether there is more."""
BYTES_PER_LANDMARK = 1024 * 1024
WIDENING = 3
REFRESH_EVERY_S = 0.25
OVERLAP = 16


class Landmark(NamedTuple):
    """An order key, and what its process stored since the landmark before, with the Statement of this key."""

    seq: bytes
    statements: int
    bytes: int


_SEQ = itemgetter(0)


class Landmarks:
    """The landmarks of all stores, as known to this process."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections
        self._lock = threading.Lock()
        self._written: dict[StoreId, tuple[int, int]] = defaultdict(lambda: (0, 0))
        self._known: dict[StoreId, list[Landmark]] = defaultdict(list)
        self._refreshed: dict[StoreId, float] = defaultdict(float)

    def count(
        self, store: StoreId, rows: Sequence[StatementRow], session: ClientSession | None = None
    ) -> None:
        """Count Statements stored; note a landmark wherever enough came together."""
        due: list[Row] = []
        with self._lock:
            statements, size = self._written[store]
            for row in rows:
                statements, size = statements + 1, size + len(row.text)
                if statements >= STATEMENTS_PER_LANDMARK or size >= BYTES_PER_LANDMARK:
                    due.append(Landmark(row.seq, statements, size)._asdict())
                    statements = size = 0
            self._written[store] = statements, size
        if due:
            landmarks = self._collections.collection("landmarks", store)
            insert_free(landmarks, due, ordered=session is not None, session=session)

    def window(
        self,
        store: StoreId,
        span: SeqRange,
        *,
        ascending: bool,
        statements: int,
        most_bytes: int = BYTES_AT_ONCE,
    ) -> SeqRange:
        """Return the beginning of a span (its end when descending) with so many Statements or a few more.

        There are fewer where they would be more than `most_bytes`.
        """
        known = self._refresh(store)
        if ascending:
            edge = _edge_above(known, bisect_right(known, span.low, key=_SEQ), statements, most_bytes)
            return SeqRange(span.low, min(span.high, known[edge].seq)) if edge < len(known) else span
        edge = _edge_below(known, bisect_left(known, span.high, key=_SEQ) - 1, statements, most_bytes)
        return SeqRange(max(span.low, known[edge].seq), span.high) if edge >= 0 else span

    def is_newest(self, store: StoreId, span: SeqRange) -> bool:
        """Return whether a span reaches beyond the last landmark: each process that writes may add a few there."""
        known = self._known[store]
        return not known or span.high > known[-1].seq

    def statements_between(self, store: StoreId, span: SeqRange) -> int:
        """Return about how many Statements a span holds; one at least."""
        known = self._known[store]
        passed = known[bisect_right(known, span.low, key=_SEQ) : bisect_right(known, span.high, key=_SEQ)]
        return max(1, sum(landmark.statements for landmark in passed))

    def _refresh(self, store: StoreId) -> list[Landmark]:
        """Return the landmarks known, in order. The last ones are read again: some come out of order."""
        with self._lock:
            known = self._known[store]
            if time.monotonic() - self._refreshed[store] < REFRESH_EVERY_S:
                return known
            self._refreshed[store] = time.monotonic()
            after = known[-OVERLAP].seq if len(known) >= OVERLAP else LOWEST_SEQ
        rows = self._collections.collection("landmarks", store).iterate({"seq": {"$gt": after}})
        found = {Landmark(bytes(row["seq"]), row["statements"], row["bytes"]) for row in rows}
        with self._lock:
            start = bisect_right(known, after, key=_SEQ)
            known[start:] = sorted({*known[start:], *found})
        return known


def _edge_above(known: Sequence[Landmark], start: int, statements: int, most_bytes: int) -> int:
    """Return the landmark that ends a window which begins a little before that at `start`."""
    for edge in range(start, len(known)):
        most_bytes -= known[edge].bytes
        if most_bytes < 0 and edge > start:
            return edge - 1
        statements -= known[edge].statements if edge > start else 0
        if statements <= 0:
            return edge
    return len(known)


def _edge_below(known: Sequence[Landmark], start: int, statements: int, most_bytes: int) -> int:
    """Return the landmark after which a window begins that ends a little after that at `start`; -1 for none."""
    for edge in range(start, -1, -1):
        most_bytes -= known[edge].bytes
        if statements <= 0 or most_bytes < 0:
            return edge
        statements -= known[edge].statements
    return -1
