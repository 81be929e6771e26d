"""What rows weigh in the cache of the database until their commit, and which of them one transaction holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrs.storage.embedded_engine.budget import TRANSACTIONS_BYTES, bytes_of
from lrs.storage.statements.documents import StatementRow
from lrs.storage.statements.facets import FACETS

USUAL_VALUES = 10
VALUE_BYTES = 3_000  # of a page of the index that cannot be put away until the commit


class Weight:
    """What some rows weigh together: a value that several are found by holds back but one place in an index."""

    def __init__(self) -> None:
        self._bytes = 0
        self._usual = 0
        self._values: tuple[set[str], ...] = tuple(set() for _ in FACETS)

    def add(self, row: StatementRow) -> None:
        """Add a row."""
        self._bytes += bytes_of([row.text])
        self._usual += USUAL_VALUES
        for seen, values in zip(self._values, row.facets.by_filter, strict=True):
            seen.update(values)

    @property
    def total(self) -> int:
        """About how many bytes that is."""
        return self._bytes + weight_of_values(sum(map(len, self._values)), self._usual)


def weight_of_values(number: int, usual: int = USUAL_VALUES) -> int:
    """Return about how many bytes so many facet values take, beyond those that every row has."""
    return VALUE_BYTES * max(0, number - usual)


def weigh(rows: Sequence[StatementRow]) -> int:
    """Return about how many bytes rows take together."""
    weight = Weight()
    for row in rows:
        weight.add(row)
    return weight.total


def fitting(rows: Sequence[StatementRow]) -> Iterator[list[StatementRow]]:
    """Yield the rows in order, so many at a time as one transaction holds."""
    part: list[StatementRow] = []
    weight = Weight()
    for row in rows:
        weight.add(row)
        if part and weight.total > TRANSACTIONS_BYTES:
            yield part
            part, weight = [], Weight()
            weight.add(row)
        part.append(row)
    if part:
        yield part
