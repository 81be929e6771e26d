"""One page of an answer, read through windows of a span: mostly one round trip, whatever the store's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.embedded_engine.density import MARGIN, Densities
from lrs.storage.embedded_engine.landmarks import STATEMENTS_PER_LANDMARK, WIDENING, Landmarks
from lrs.storage.statements.documents import SeqRange
from lrs.storage.statements.filters import Condition, StatementFilter, build_condition
from lrs.storage.statements.large_batches import LargeBatches, between

FIELDS = {"_id": False, "seq": True, "voided": True, "text": True}
ENOUGH_TO_LEARN = 1_000
ROOM = 200


@dataclass(frozen=True, slots=True)
class FoundStatement:
    """A Statement of an answer: its order key and its exact text."""

    seq: bytes
    text: bytes

    @property
    def stored(self) -> int:
        """When it was stored (us): the order key begins with it."""
        return int.from_bytes(self.seq[:8], "big")


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
    found: list[FoundStatement] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many Statements the page still lacks."""
        return self.limit - len(self.found)

    @property
    def is_done(self) -> bool:
        """Tell whether the page is full or the span at its end."""
        return not self.missing or self.rest.low >= self.rest.high

    def take(self, rows: list[Row], window: SeqRange) -> None:
        """Take the next rows of a window and go on beyond it, or beyond the last row if the page is full."""
        self.found += [found_statement(row) for row in rows]
        if self.missing:
            self.rest = self.rest.without(window, ascending=self.ascending)
        else:
            self.rest = self.rest.beyond(self.found[-1].seq, ascending=self.ascending)
        self.walked += self.width
        likely = 2 * self.walked * self.missing // len(self.found) if rows else WIDENING * self.width
        self.width = max(likely, STATEMENTS_PER_LANDMARK)


class PageReader:
    """Reads pages of one store."""

    def __init__(
        self, database: Database, store: StoreId, landmarks: Landmarks, densities: Densities
    ) -> None:
        self._rows = database.collection("statements", store)
        self._batches = LargeBatches(database, store)
        self._landmarks = landmarks
        self._densities = densities

    def read(
        self, wanted: StatementFilter, span: SeqRange, *, ascending: bool, limit: int
    ) -> list[FoundStatement]:
        """Return up to `limit` Statements that are not voided, from the beginning of the span (or its end)."""
        condition, store = build_condition(wanted), self._rows.store
        kind = Kind(store, wanted, not ascending and self._landmarks.is_newest(store, span))
        margin = 1.0 if wanted == StatementFilter() else MARGIN
        walk = Walk(span, ascending, limit, self._densities.expect(kind, limit, margin))
        while not walk.is_done:
            window = self._landmarks.window(store, walk.rest, ascending=ascending, statements=walk.width)
            walk.take(self._rows_of(condition, window, walk), window)
        self._learn(kind, span, walk)
        return walk.found

    def _rows_of(self, condition: Condition, window: SeqRange, walk: Walk) -> list[Row]:
        """Return the next rows of a window; mostly the first one holds hardly more than the page needs."""
        is_tight = not walk.walked and walk.limit >= STATEMENTS_PER_LANDMARK and not condition.needs_filter
        rows = self._scan(condition, window, walk) if is_tight else None
        return self._filter(condition, window, walk) if rows is None else rows

    def _scan(self, condition: Condition, window: SeqRange, walk: Walk) -> list[Row] | None:
        """Read the whole window and order it here, which is quicker; None if it holds far more than expected."""
        most = 4 * walk.missing + ROOM
        rows = self._rows.find({**condition.indexed, **between(window)}, FIELDS, limit=most)
        if len(rows) == most:
            return None
        self._batches.resolve(rows)
        visible = [row for row in rows if row["voided"] is False]
        visible.sort(key=itemgetter("seq"), reverse=not walk.ascending)
        return visible[: walk.missing]

    def _filter(self, condition: Condition, window: SeqRange, walk: Walk) -> list[Row]:
        def find(apart: Row) -> list[Row]:
            stages: list[Row] = [
                {"$match": {**condition.rest, **apart}},
                {"$sort": {"seq": 1 if walk.ascending else -1}},
                {"$limit": walk.missing},
                {"$project": {name: 1 for name, shown in FIELDS.items() if shown}},
            ]
            return self._rows.aggregate({**condition.indexed, **between(window)}, stages)

        return self._batches.visible(find)

    def _learn(self, kind: Kind, span: SeqRange, walk: Walk) -> None:
        """Remember how dense the matches lay between the beginning of the span and the end of the page."""
        rest = walk.rest
        read = SeqRange(span.low, rest.low) if walk.ascending else SeqRange(rest.high, span.high)
        statements = self._landmarks.statements_between(kind.store, read)
        if not kind.is_newest:
            statements = max(statements, len(walk.found))
        if not walk.missing or statements >= ENOUGH_TO_LEARN:
            self._densities.learn(kind, len(walk.found), statements)


def found_statement(row: Mapping[str, Any]) -> FoundStatement:
    """Return what a document with the fields of a page holds."""
    return FoundStatement(bytes(row["seq"]), bytes(row["text"]))
