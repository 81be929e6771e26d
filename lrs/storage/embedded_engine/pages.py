"""One page of an answer, read through windows of a span: mostly one round trip, whatever the store's size."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from bson import Binary
from pymongo.errors import ProtocolError

from lrs.storage.chunks import AT_ONCE, BYTES_AT_ONCE, first_chunk, text_bytes
from lrs.storage.embedded_engine.density import MARGIN, Densities
from lrs.storage.embedded_engine.landmarks import STATEMENTS_PER_LANDMARK, WIDENING, Landmarks
from lrs.storage.statement_documents import HIGHEST_SEQ, RowsPage, SeqRange
from lrs.storage.statement_filters import NOT_VOIDED, Condition, StatementFilter, between, build_condition
from lrs.storage.tenancy import Row, StoreCollection, StoreId

ENOUGH_TO_LEARN = 1_000
ROOM = 200
FEW, LIGHT = 10, 4
"""What one query reads without an order: so many Statements, more where all of them are only so many chunks."""
FIRST_BATCH = 2
"""The server does not bound the first batch of an aggregation, and the driver refuses what is larger than 48 MB."""
MOST_WINDOWS_AT_ONCE = 16
Fields = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """Pages that are alike: of one store and filter, and either the newest ones or others.

    Among the newest Statements there are some that no landmark counts yet, so a smaller window holds a page.
    """

    store: StoreId
    wanted: StatementFilter
    is_newest: bool


@dataclass(slots=True)
class Walk:
    """How far a page has come: what is left of its span, what was found, how wide the next window is."""

    rest: SeqRange
    ascending: bool
    limit: int
    width: int
    walked: int = 0
    bytes_found: int = 0
    found: list[Row] = field(default_factory=list)
    has_more: bool = False

    @property
    def missing(self) -> int:
        """How many Statements the page still lacks."""
        return self.limit - len(self.found)

    @property
    def most_bytes(self) -> int:
        """How many bytes of Statements the next window may hold, of which so many are expected to match."""
        return BYTES_AT_ONCE * min(MOST_WINDOWS_AT_ONCE, max(1, self.width // (self.missing + 1)))

    @property
    def is_done(self) -> bool:
        """Whether there is more than the page holds, or the span is at its end."""
        return self.has_more or self.rest.low >= self.rest.high

    def take(self, rows: Iterable[Row], window: SeqRange) -> None:
        """Take the next rows of a window, as far as they fit, and go on beyond it."""
        before = len(self.found)
        for row in rows:
            size = text_bytes(row)
            if self.found and (not self.missing or self.bytes_found + size > BYTES_AT_ONCE):
                self.has_more = True
                break
            self.found.append(row)
            self.bytes_found += size
        self.rest = self._rest_beyond(window)
        self.walked += self.width
        taken = len(self.found) > before
        likely = 2 * self.walked * self.missing // len(self.found) if taken else WIDENING * self.width
        self.width = max(likely, STATEMENTS_PER_LANDMARK)

    def _rest_beyond(self, window: SeqRange) -> SeqRange:
        if self.has_more:
            return self.rest.beyond(bytes(self.found[-1]["seq"]), ascending=self.ascending)
        return self.rest.without(window, ascending=self.ascending)


class EmbeddedPageReader:
    """Reads pages of one store."""

    def __init__(self, statements: StoreCollection, landmarks: Landmarks, densities: Densities) -> None:
        self._rows = statements
        self._landmarks = landmarks
        self._densities = densities

    def read(
        self, wanted: StatementFilter, span: SeqRange, fields: Fields, *, ascending: bool, limit: int
    ) -> RowsPage:
        """Return the first rows of the span that match (the last ones, newest first, unless ascending)."""
        condition, store = build_condition(wanted), self._rows.store
        kind = Kind(store, wanted, not ascending and self._landmarks.is_newest(store, span))
        margin = MARGIN if condition.indexed or condition.rest.keys() - NOT_VOIDED.keys() else 1.0
        walk = Walk(span, ascending, limit, self._densities.expect(kind, limit + 1, margin))
        while not walk.is_done:
            window = self._landmarks.window(
                store, walk.rest, ascending=ascending, statements=walk.width, most_bytes=walk.most_bytes
            )
            walk.take(self._rows_of(condition, window, walk, fields), window)
        self._learn(kind, span, walk)
        return RowsPage(walk.found, walk.has_more)

    def _rows_of(self, condition: Condition, window: SeqRange, walk: Walk, fields: Fields) -> Iterable[Row]:
        """Return the next rows of a window; mostly the first one holds hardly more than the page needs."""
        is_plain = condition.rest in ({}, NOT_VOIDED)
        is_tight = is_plain and not walk.walked and walk.limit >= STATEMENTS_PER_LANDMARK
        rows = self._scan(condition, window, walk, fields) if is_tight else None
        return self._ordered(condition, window, walk, fields) if rows is None else rows

    def _scan(self, condition: Condition, window: SeqRange, walk: Walk, fields: Fields) -> list[Row] | None:
        """Read the whole window and order it here, which is quicker; None if it holds far more than expected."""
        wanted = {**condition.indexed, **between(window)}
        rows = self._unordered(wanted, {**fields, "voided": True}, 4 * walk.missing + ROOM, times=2)
        if rows is None:
            return None
        visible = [row for row in rows if not (condition.rest and row["voided"])]
        visible.sort(key=itemgetter("seq"), reverse=not walk.ascending)
        return visible

    def _unordered(self, wanted: Row, fields: Fields, most: int, times: int = 1) -> list[Row] | None:
        """Return the rows that match, in any order; None if there are more, or more bytes than so many chunks.

        The server does not bound the first batch of a query that names fields; the driver refuses a larger answer.
        """
        found = self._rows.iterate(wanted, fields, limit=most + 1)
        try:
            rows, has_more = first_chunk(found, most, text_bytes, times)
        except ProtocolError:
            return None
        return None if has_more else rows

    def _ordered(self, condition: Condition, window: SeqRange, walk: Walk, fields: Fields) -> Iterator[Row]:
        """Let the database order and cut: in two stages, since it uses an index only for a filter of its own."""
        stages: list[Row] = [
            {"$match": condition.rest},
            {"$sort": {"seq": 1 if walk.ascending else -1}},
            {"$limit": walk.missing + 1},
            {"$project": {name: 1 for name, shown in fields.items() if shown}},
        ]
        return self._rows.aggregate({**condition.indexed, **between(window)}, stages, FIRST_BATCH)

    def _learn(self, kind: Kind, span: SeqRange, walk: Walk) -> None:
        """Remember how dense the matches lay between the beginning of the span and the end of the page."""
        rest = walk.rest
        read = SeqRange(span.low, rest.low) if walk.ascending else SeqRange(rest.high, span.high)
        statements = self._landmarks.statements_between(kind.store, read)
        if not kind.is_newest:
            statements = max(statements, len(walk.found))
        if not walk.missing or statements >= ENOUGH_TO_LEARN:
            self._densities.learn(kind, len(walk.found), statements)

    def iterate_after(self, wanted: StatementFilter, after: bytes, fields: Fields) -> Iterator[Row]:
        """Stream the rows that match after an order key, in order; a few are read by one query without an order."""
        condition = build_condition(wanted)
        whole = {**condition.indexed, **condition.rest, "seq": {"$gt": Binary(after)}}
        span = SeqRange(after, HIGHEST_SEQ)
        rows = self._unordered(whole, fields, AT_ONCE if self._is_light(span) else FEW)
        if rows is not None:
            yield from sorted(rows, key=itemgetter("seq"))
            return
        has_more = True
        while has_more:
            page = self.read(wanted, span, fields, ascending=True, limit=AT_ONCE)
            yield from page.rows
            has_more = page.has_more
            if has_more:
                span = span.beyond(bytes(page.rows[-1]["seq"]), ascending=True)

    def _is_light(self, span: SeqRange) -> bool:
        """Return whether all Statements of a span together are small enough to be read at once."""
        most_bytes = LIGHT * BYTES_AT_ONCE
        window = self._landmarks.window(
            self._rows.store, span, ascending=True, statements=sys.maxsize, most_bytes=most_bytes
        )
        return window == span
