"""One page of an answer, read through windows of a span: mostly one round trip, whatever the store's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from bson import Binary

from lrs.storage.embedded_engine.density import MARGIN, Densities
from lrs.storage.embedded_engine.landmarks import STATEMENTS_PER_LANDMARK, WIDENING, Landmarks
from lrs.storage.statement_documents import HIGHEST_SEQ, SeqRange
from lrs.storage.statement_filters import NOT_VOIDED, Condition, StatementFilter, between, build_condition
from lrs.storage.tenancy import Row, StoreCollection, StoreId

ENOUGH_TO_LEARN = 1_000
ROOM = 200
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
    found: list[Row] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many Statements the page still lacks."""
        return self.limit - len(self.found)

    @property
    def is_done(self) -> bool:
        """Whether the page is full or the span at its end."""
        return not self.missing or self.rest.low >= self.rest.high

    def take(self, rows: list[Row], window: SeqRange) -> None:
        """Take the next rows of a window and go on beyond it, or beyond the last row if the page is full."""
        self.found += rows
        if self.missing:
            self.rest = self.rest.without(window, ascending=self.ascending)
        else:
            self.rest = self.rest.beyond(bytes(self.found[-1]["seq"]), ascending=self.ascending)
        self.walked += self.width
        likely = 2 * self.walked * self.missing // len(self.found) if rows else WIDENING * self.width
        self.width = max(likely, STATEMENTS_PER_LANDMARK)


class EmbeddedPageReader:
    """Reads pages of one store."""

    def __init__(self, statements: StoreCollection, landmarks: Landmarks, densities: Densities) -> None:
        self._rows = statements
        self._landmarks = landmarks
        self._densities = densities

    def read(
        self, wanted: StatementFilter, span: SeqRange, fields: Fields, *, ascending: bool, limit: int
    ) -> list[Row]:
        """Return the first `limit` rows of the span that match (the last ones, newest first, unless ascending)."""
        condition, store = build_condition(wanted), self._rows.store
        kind = Kind(store, wanted, not ascending and self._landmarks.is_newest(store, span))
        margin = MARGIN if condition.indexed or condition.rest.keys() - NOT_VOIDED.keys() else 1.0
        walk = Walk(span, ascending, limit, self._densities.expect(kind, limit, margin))
        while not walk.is_done:
            window = self._landmarks.window(store, walk.rest, ascending=ascending, statements=walk.width)
            walk.take(self._rows_of(condition, window, walk, fields), window)
        self._learn(kind, span, walk)
        return walk.found

    def _rows_of(self, condition: Condition, window: SeqRange, walk: Walk, fields: Fields) -> list[Row]:
        """Return the next rows of a window; mostly the first one holds hardly more than the page needs."""
        is_plain = condition.rest in ({}, NOT_VOIDED)
        is_tight = is_plain and not walk.walked and walk.limit >= STATEMENTS_PER_LANDMARK
        rows = self._scan(condition, window, walk, fields) if is_tight else None
        return self._ordered(condition, window, walk, fields) if rows is None else rows

    def _scan(self, condition: Condition, window: SeqRange, walk: Walk, fields: Fields) -> list[Row] | None:
        """Read the whole window and order it here, which is quicker; None if it holds far more than expected."""
        most = 4 * walk.missing + ROOM
        wanted = {**condition.indexed, **between(window)}
        rows = self._rows.find(wanted, {**fields, "voided": True}, limit=most)
        if len(rows) == most:
            return None
        visible = [row for row in rows if not (condition.rest and row["voided"])]
        visible.sort(key=itemgetter("seq"), reverse=not walk.ascending)
        return visible[: walk.missing]

    def _ordered(self, condition: Condition, window: SeqRange, walk: Walk, fields: Fields) -> list[Row]:
        """Let the database order and cut: in two stages, since it uses an index only for a filter of its own."""
        stages: list[Row] = [
            {"$match": condition.rest},
            {"$sort": {"seq": 1 if walk.ascending else -1}},
            {"$limit": walk.missing},
            {"$project": {name: 1 for name, shown in fields.items() if shown}},
        ]
        return self._rows.aggregate({**condition.indexed, **between(window)}, stages)

    def _learn(self, kind: Kind, span: SeqRange, walk: Walk) -> None:
        """Remember how dense the matches lay between the beginning of the span and the end of the page."""
        rest = walk.rest
        read = SeqRange(span.low, rest.low) if walk.ascending else SeqRange(rest.high, span.high)
        statements = self._landmarks.statements_between(kind.store, read)
        if not kind.is_newest:
            statements = max(statements, len(walk.found))
        if not walk.missing or statements >= ENOUGH_TO_LEARN:
            self._densities.learn(kind, len(walk.found), statements)

    def newest(self, wanted: StatementFilter, after: bytes, fields: Fields, most: int | None) -> list[Row]:
        """Return the rows that match after an order key, in any order: all, or the newest `most`.

        Mostly there are few of them: then one query without an order is the quickest.
        """
        condition = build_condition(wanted)
        whole = {**condition.indexed, **condition.rest, "seq": {"$gt": Binary(after)}}
        rows = self._rows.find(whole, fields, limit=0 if most is None else most + 1)
        if most is None or len(rows) <= most:
            return rows
        return self.read(wanted, SeqRange(after, HIGHEST_SEQ), fields, ascending=False, limit=most)
