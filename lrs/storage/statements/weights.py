"""What rows weigh in the cache of the database until their commit, and which of them one transaction holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrs.storage.room import TRANSACTIONS_BYTES, bytes_of
from lrs.storage.statements.rows import StatementRow

USUAL_VALUES = 10
VALUE_BYTES = 3_000  # of a page of the index that cannot be put away until the commit


def weight_of(row: StatementRow) -> int:
    """Return about how many bytes a row takes."""
    return bytes_of([row.text]) + weight_of_values(row.facets.number)


def weight_of_values(number: int) -> int:
    """Return about how many bytes so many facet values of a row take, beyond what every row does."""
    return VALUE_BYTES * max(0, number - USUAL_VALUES)


def fitting(rows: Sequence[StatementRow]) -> Iterator[list[StatementRow]]:
    """Yield the rows in order, so many at a time as one transaction holds."""
    part: list[StatementRow] = []
    left = TRANSACTIONS_BYTES
    for row in rows:
        weight = weight_of(row)
        if part and weight > left:
            yield part
            part, left = [], TRANSACTIONS_BYTES
        part.append(row)
        left -= weight
    if part:
        yield part
