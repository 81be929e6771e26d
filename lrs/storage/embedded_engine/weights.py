"""Estimates how much of the server's cache a write takes until its commit, and groups rows into transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrs.storage.embedded_engine.budget import BUDGET_BYTES
from lrs.storage.statement_documents import RowsSize, StatementRow
from lrs.storage.transactions import WriteSize

COPIES = 2  # measured with an oplog, which is off now: more than it takes
ROW_BYTES = 6 * 1024  # a document's indexes and bookkeeping
USUAL_VALUES = 10
VALUE_BYTES = 3_000  # of a page of the index that cannot be put away until the commit
LARGEST_PAGE_BYTES = (
    12 * 1024
)  # of the same page in a large index, where each value lies on a page of its own
MOST_BYTES_ALONE = 96 * 1024 * 1024
"""The most that one transaction may change if no other is open: well below what stops the server (256 MB a process)."""


def weigh(size: WriteSize) -> int:
    """Return about how many bytes of the budget a write takes."""
    return _weigh(size, VALUE_BYTES)


def is_too_heavy(size: WriteSize) -> bool:
    """Return whether a write is more than one transaction can hold, even alone and in a large store."""
    return _weigh(size, LARGEST_PAGE_BYTES) > MOST_BYTES_ALONE


def _weigh(size: WriteSize, value_bytes: int) -> int:
    unusual = max(0, size.values - USUAL_VALUES * size.documents)
    return COPIES * size.text_bytes + ROW_BYTES * size.documents + value_bytes * unusual


def fitting(rows: Sequence[StatementRow]) -> Iterator[list[StatementRow]]:
    """Yield the rows in order, as many at a time as the budget holds."""
    part: list[StatementRow] = []
    size = RowsSize()
    for row in rows:
        size.add(row)
        if part and weigh(size.total) > BUDGET_BYTES:
            yield part
            part, size = [], RowsSize([row])
        part.append(row)
    if part:
        yield part
