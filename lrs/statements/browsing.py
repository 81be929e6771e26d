"""Statements for those who run a store: newest first, voided ones too, by whatever they are found by."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.errors import RequestRefusedError
from lrs.statements.querying import filter_of, order_key_after
from lrs.storage.database import Database, StoreId
from lrs.storage.statement_documents import HIGHEST_SEQ, LOWEST_SEQ, SeqRange, StoredStatement
from lrs.storage.statements.read import StatementReads
from schemas.queries import StatementQuery

SEQ_BYTES = len(HIGHEST_SEQ)


@dataclass(frozen=True, slots=True)
class BrowsedPage:
    """Some Statements, the newest first, and where the next page begins: after this place (empty: at the end)."""

    statements: tuple[StoredStatement, ...]
    more: str


def browse_statements(
    database: Database,
    store: StoreId,
    query: StatementQuery,
    limit: int,
    *,
    after: str = "",
    source: str | None = None,
) -> BrowsedPage:
    """Return a page of the Statements that match, voided ones too; `source` is the key that stored them.

    Raise RequestRefusedError for an `after` that is not the `more` of a page.
    """
    wanted = filter_of(query, source, with_voided=True)
    low = LOWEST_SEQ if query.since is None else order_key_after(query.since)
    high = HIGHEST_SEQ if query.until is None else order_key_after(query.until)
    span = SeqRange(low, high)
    if after:
        span = span.beyond(_place(after), ascending=False)
    found, has_more = StatementReads(database, store).newest(wanted, span, limit)
    return BrowsedPage(tuple(found), found[-1].seq.hex() if has_more else "")


def newest_stored(database: Database, store: StoreId) -> int | None:
    """Return when the newest Statement of a store was stored (us), or None."""
    found = browse_statements(database, store, StatementQuery(), 1).statements
    return found[0].stored if found else None


def _place(text: str) -> bytes:
    try:
        place = bytes.fromhex(text)
    except ValueError:
        place = b""
    if len(place) != SEQ_BYTES or not any(place):
        raise RequestRefusedError("This link to the next page was cut; go back to the first page.")
    return place
