"""The queries of the xAPI, and the feed of all Statements in stored order."""

from __future__ import annotations

from collections.abc import Iterator

from bson import Binary

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.embedded_engine.density import Densities
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.embedded_engine.pages import FoundStatement, PageReader, found_statement
from lrs.storage.statements.documents import (
    FIELDS,
    HIGHEST_SEQ,
    SeqRange,
    StoredStatement,
    key_of,
    stored_statement,
)
from lrs.storage.statements.facets import kept_value
from lrs.storage.statements.filters import StatementFilter
from lrs.storage.statements.large_batches import LargeBatches, between, last_key, shown
from schemas.vocabulary import VOIDED


class StatementReads:
    """Finds the Statements of one store."""

    def __init__(
        self, database: Database, store: StoreId, landmarks: Landmarks, densities: Densities | None = None
    ) -> None:
        self._store = store
        self._landmarks = landmarks
        self._rows = database.collection("statements", store)
        self._pages = PageReader(database, store, landmarks, densities or Densities())
        self._batches = LargeBatches(database, store)

    def find_statement(
        self, statement_id: str, *, voided: bool, authority: str | None
    ) -> FoundStatement | None:
        """Return the Statement with this id if its voided state is as asked, or None."""
        fields = ["seq", "voided", "text", "authority"]
        with unavailable_when_unreachable():
            row = self._rows.find_one({"_id": key_of(self._store, statement_id)}, fields)
            self._batches.resolve([row] if row else [])
        if row is None or row["voided"] != voided or authority not in (None, row["authority"]):
            return None
        return found_statement(row)

    def query_statements(
        self, wanted: StatementFilter, span: SeqRange, *, ascending: bool, limit: int
    ) -> list[FoundStatement]:
        """Return up to `limit` Statements that are not voided, in stored order, newest first by default."""
        with unavailable_when_unreachable():
            return self._pages.read(wanted, span, ascending=ascending, limit=limit)

    def iterate_statements(self, span: SeqRange, batch: int) -> Iterator[StoredStatement]:
        """Stream every Statement of the span, voided ones too, oldest first."""
        low = span.low
        for window in self._landmarks.windows(self._store, span, ascending=True):
            while low < window.high:
                rows = self._feed_page(SeqRange(low, window.high), batch)
                yield from map(stored_statement, shown(rows))
                low = last_key(rows[-1], ascending=True) if len(rows) == batch else window.high

    def _feed_page(self, span: SeqRange, batch: int) -> list[Row]:
        with unavailable_when_unreachable():
            rows = self._rows.find(between(span), FIELDS, sort=[("seq", 1)], limit=batch)
            self._batches.resolve(rows)
        return rows

    def statements_of_agent(
        self, identifier: str, after: bytes, most: int | None = None
    ) -> list[StoredStatement]:
        """Return the Statements after an order key whose actor or object this is: all, or the newest `most`."""
        condition = {"agents": kept_value(identifier), "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, FIELDS, limit=0 if most is None else most + 1)
            if most is not None and len(rows) > most:
                rows = self._newest_of_agent(identifier, after, most)
            self._batches.resolve(rows)
        return [stored_statement(row) for row in shown(rows)]

    def _newest_of_agent(self, identifier: str, after: bytes, most: int) -> list[Row]:
        rows: list[Row] = []
        for window in self._landmarks.windows(self._store, SeqRange(after, HIGHEST_SEQ), ascending=False):
            condition = {"agents": kept_value(identifier), **between(window)}
            left = most - len(rows)
            rows += self._rows.find(condition, FIELDS, sort=[("seq", -1)], limit=left)
            if len(rows) == most:
                break
        return rows

    def voided_targets(self, after: bytes) -> list[str]:
        """Return the ids of Statements that voiding Statements stored after `after` aim at."""
        condition = {"verbs": VOIDED, "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, ["reference", "voids", "seq", "voided"])
            self._batches.resolve(rows)
        return [row["reference"] for row in shown(rows) if row["voids"]]

    def count(self) -> int:
        """Count the Statements of the store."""
        with unavailable_when_unreachable():
            return self._rows.count({})
