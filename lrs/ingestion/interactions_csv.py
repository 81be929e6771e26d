"""Interactions from a CSV file (who took what, in which order) as xAPI Statements."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from lrs.errors import RequestRefusedError
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


@dataclass(frozen=True, slots=True)
class Naming:
    """The IRI that ids hang on, and the time (us) of place 0 where the file knows only an order."""

    base: str
    start: int


def read_interactions(source: IO[str], columns: Columns, naming: Naming) -> Iterator[dict[str, Any]]:
    """Yield a `completed` Statement for each row; raise RequestRefusedError naming the line that does not fit."""
    rows = csv.DictReader(source)
    wanted = [name for name in (columns.learner, columns.item, columns.order, columns.title) if name]
    missing = [name for name in wanted if name not in (rows.fieldnames or [])]
    if missing:
        there = ", ".join(rows.fieldnames or []) or "none"
        raise RequestRefusedError(f"The CSV has no column {missing[0]!r}; it has: {there}.")
    for number, row in enumerate(rows, start=2):
        yield _statement(number, row, columns, naming)


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
