"""The queries of the xAPI, and the feed of all Statements in stored order."""

from __future__ import annotations

from collections.abc import Iterator

from bson import Binary

from lrs.storage.database import Database, Row, StoreId, unavailable_when_unreachable
from lrs.storage.landmarks import Landmarks
from lrs.storage.statements.conditions import Condition, StatementFilter, build_condition
from lrs.storage.statements.rows import FIELDS, FoundBy, SeqRange, StoredStatement, key_of, stored_statement
from schemas.vocabulary import VOIDED


class StatementReads:
    """Finds the Statements of one store."""

    def __init__(self, database: Database, store: StoreId, landmarks: Landmarks) -> None:
        self._store = store
        self._landmarks = landmarks
        self._rows = database.collection("statements", store)

    def find_statement(
        self, statement_id: str, *, voided: bool, authority: str | None
    ) -> StoredStatement | None:
        """Return the Statement with this id if its voided state is as asked, or None."""
        with unavailable_when_unreachable():
            row = self._rows.find_one({"_id": key_of(self._store, statement_id)}, [*FIELDS, "authority"])
        if row is None or row["voided"] != voided or authority not in (None, row["authority"]):
            return None
        return stored_statement(row)

    def query_statements(
        self, wanted: StatementFilter, span: SeqRange, *, ascending: bool, limit: int
    ) -> list[StoredStatement]:
        """Return up to `limit` Statements that are not voided, in stored order, newest first by default."""
        condition = build_condition(wanted)
        found: list[StoredStatement] = []
        with unavailable_when_unreachable():
            windows = self._landmarks.windows(
                self._store, span.low, span.high, ascending=ascending, first=limit
            )
            for low, high in windows:
                found += self._window(condition, SeqRange(low, high), ascending, limit - len(found))
                if len(found) >= limit:
                    break
        return found

    def _window(
        self, condition: Condition, span: SeqRange, ascending: bool, limit: int
    ) -> list[StoredStatement]:
        indexed = {**condition.indexed, "seq": {"$gt": Binary(span.low), "$lte": Binary(span.high)}}
        page: list[Row] = [
            {"$match": condition.rest},
            {"$sort": {"seq": 1 if ascending else -1}},
            {"$limit": limit},
            {"$project": dict.fromkeys(FIELDS, 1)},
        ]
        return [stored_statement(row) for row in self._rows.aggregate(indexed, page)]

    def iterate_statements(self, span: SeqRange, batch: int) -> Iterator[FoundBy]:
        """Stream every Statement of the span, voided ones too, oldest first, with the agents it is found by."""
        low = span.low
        for _, high in self._landmarks.windows(self._store, span.low, span.high, ascending=True):
            while low < high:
                page = self._feed_page(SeqRange(low, high), batch)
                yield from page
                low = page[-1][0].seq if len(page) == batch else high

    def _feed_page(self, span: SeqRange, batch: int) -> list[FoundBy]:
        between = {"seq": {"$gt": Binary(span.low), "$lte": Binary(span.high)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(between, [*FIELDS, "agents"], sort=[("seq", 1)], limit=batch)
        return [(stored_statement(row), tuple(row["agents"])) for row in rows]

    def statements_of_agent(self, identifier: str, after: bytes) -> list[FoundBy]:
        """Return all Statements after an order key whose actor or object this is (for short tails only)."""
        condition = {"agents": identifier, "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, [*FIELDS, "agents"])
        return [(stored_statement(row), tuple(row["agents"])) for row in rows]

    def voided_targets(self, after: bytes) -> list[str]:
        """Return the ids of Statements that voiding Statements stored after `after` aim at."""
        condition = {"verbs": VOIDED, "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.find(condition, ["reference", "voids"])
        return [row["reference"] for row in rows if row["voids"]]

    def count(self) -> int:
        """Count the Statements of the store."""
        with unavailable_when_unreachable():
            return self._rows.count({})
