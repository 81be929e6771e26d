"""The queries of the xAPI, and the feed of all Statements in stored order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bson import Binary

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.statement_documents import (
    ATTACHMENTS,
    FIELDS,
    FIELDS_OF_A_PAGE,
    LOWEST_SEQ,
    FoundStatement,
    SeqRange,
    StatementsPage,
    StoredStatement,
    found_statement,
    is_statement,
    key_of,
    stored_statement,
)
from lrs.storage.statement_filters import StatementFilter
from schemas.vocabulary import VOIDED

EVERYTHING = StatementFilter(with_voided=True)


class StatementReads:
    """Finds the Statements of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._store = store
        self._rows = database.collection("statements", store)
        self._pages = database.engine.page_reader(store)

    def find_statement(
        self, statement_id: str, *, voided: bool, credential: str | None
    ) -> FoundStatement | None:
        """Return the Statement with this id if its voided state is as asked, or None."""
        fields = ["seq", "voided", "text", "credential", ATTACHMENTS]
        with unavailable_when_unreachable():
            row = self._rows.find_one({"_id": key_of(self._store, statement_id)}, fields)
        if row is None or not is_statement(row) or row["voided"] != voided:
            return None
        return found_statement(row) if credential in (None, row["credential"]) else None

    def query_statements(
        self, wanted: StatementFilter, span: SeqRange, *, ascending: bool, limit: int
    ) -> StatementsPage:
        """Return a page of Statements that are not voided, in stored order, newest first by default.

        It ends at `limit` Statements, or earlier where they are large.
        """
        with unavailable_when_unreachable():
            page = self._pages.read(wanted, span, FIELDS_OF_A_PAGE, ascending=ascending, limit=limit)
        return StatementsPage(list(map(found_statement, page.rows)), page.has_more)

    def newest(
        self, wanted: StatementFilter, span: SeqRange, limit: int
    ) -> tuple[list[StoredStatement], bool]:
        """Return the newest Statements of a span that match, and whether there are more."""
        with unavailable_when_unreachable():
            page = self._pages.read(wanted, span, FIELDS, ascending=False, limit=limit)
        return list(map(stored_statement, page.rows)), page.has_more

    def iterate_statements(self, span: SeqRange, batch: int) -> Iterator[StoredStatement]:
        """Stream every Statement of the span, voided ones too, oldest first."""
        has_more = True
        while has_more and span.low < span.high:
            with unavailable_when_unreachable():
                page = self._pages.read(EVERYTHING, span, FIELDS, ascending=True, limit=batch)
            yield from map(stored_statement, page.rows)
            has_more = page.has_more
            if has_more:
                span = span.beyond(bytes(page.rows[-1]["seq"]), ascending=True)

    def statements_of_agent(self, identifier: str, after: bytes) -> Iterator[StoredStatement]:
        """Stream the Statements after an order key whose actor or object this is, voided ones too, oldest first."""
        wanted = StatementFilter(agent=identifier, with_voided=True)
        with unavailable_when_unreachable():
            yield from map(stored_statement, self._pages.iterate_after(wanted, after, FIELDS))

    def find_with_ids(self, ids: Sequence[str]) -> Iterator[StoredStatement]:
        """Stream the Statements with these ids, voided ones too."""
        keys = [key_of(self._store, one) for one in ids]
        with unavailable_when_unreachable():
            rows = self._rows.find_by_ids(keys, list(FIELDS))
            yield from (stored_statement(row) for row in rows if is_statement(row))

    def voided_targets(self, after: bytes) -> Iterator[str]:
        """Stream the ids of Statements that voiding Statements stored after `after` aim at."""
        condition = {"verbs": VOIDED, "seq": {"$gt": Binary(after)}}
        with unavailable_when_unreachable():
            rows = self._rows.iterate(condition, ["reference", "voids"])
            yield from (row["reference"] for row in rows if row["voids"])

    def count(self) -> int:
        """Count the Statements of the store."""
        with unavailable_when_unreachable():
            return self._rows.count({"seq": {"$gt": Binary(LOWEST_SEQ)}})
