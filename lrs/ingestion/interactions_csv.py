"""Interactions from a CSV file (who took what, in which order) as xAPI Statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import open_table
from schemas.errors import InvalidInputError
from schemas.timestamps import format_timestamp, parse_timestamp
from schemas.vocabulary import COMPLETED, COURSE

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the learner, the item, and its time (ISO 8601) or place in the learner's order."""

    learner: str
    item: str
    order: str
    title: str | None = None

    @property
    def named(self) -> list[str]:
        """Return the columns that are read."""
        return [name for name in (self.learner, self.item, self.order, self.title) if name]


@dataclass(frozen=True, slots=True)
class Naming:
    """The IRI that ids hang on, and the time (us) of place 0 where the file knows only an order."""

    base: str
    start: int


def read_interactions(path: Path, columns: Columns, naming: Naming) -> Iterator[dict[str, Any]]:
    """Yield a `completed` Statement for each row; raise RequestRefusedError naming the line that does not fit."""
    table = open_table(path)
    places = {name: table.column(name) for name in columns.named}
    for number, cells in table.rows():
        yield _statement(number, {name: cells[place] for name, place in places.items()}, columns, naming)


def _statement(number: int, row: Mapping[str, str], columns: Columns, naming: Naming) -> dict[str, Any]:
    learner, item = row[columns.learner], row[columns.item]
    if not learner or not item:
        raise RequestRefusedError(
            f"Line {number} has no learner or no item; fill both columns or drop the line."
        )
    definition: dict[str, Any] = {"type": COURSE}
    if columns.title and row[columns.title]:
        definition["name"] = {"und": row[columns.title]}
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{naming.base}/{number}/{learner}/{item}")),
        "actor": {"objectType": "Agent", "account": {"homePage": naming.base, "name": learner}},
        "verb": {"id": COMPLETED, "display": {"en": "completed"}},
        "object": {"id": f"{naming.base}/items/{quote(item, safe='')}", "definition": definition},
        "timestamp": format_timestamp(_time(number, row[columns.order], naming)),
    }


def _time(number: int, text: str, naming: Naming) -> int:
    """Return the time of a row: a timestamp as it is, a number as so many days after the start."""
    try:
        return naming.start + round(float(text) * DAY_US)
    except ValueError:
        pass
    try:
        return parse_timestamp(text)
    except InvalidInputError as error:
        message = f"Line {number}: {text!r} is neither a number nor an ISO 8601 time; mend the column."
        raise RequestRefusedError(message) from error
