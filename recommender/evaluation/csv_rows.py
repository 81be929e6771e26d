"""Rows of a text table: who took what, and when or in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import Table, open_table
from recommender.evaluation.csv_times import Moments, find_outside

Array = np.ndarray[Any, np.dtype[Any]]
LEARNER_NAMES = ("learner", "user", "student", "visitor", "person", "customer", "account")
ITEM_NAMES = (
    "item",
    "nugget",
    "course",
    "activity",
    "movie",
    "video",
    "article",
    "book",
    "object",
    "resource",
)
TIME_NAMES = ("time", "timestamp", "date", "datetime", "at")
POSITION_NAMES = ("position", "order", "step")
HELD_OUT_NAMES = ("held_out",)
YES, NO = frozenset({"1", "true", "yes", "y"}), frozenset({"0", "false", "no", "n", ""})


@dataclass(frozen=True, slots=True)
class CsvColumns:
    """Columns by name or by number from 1; empty ones are found by their usual names, but for rating and title.

    Rows with a `rating` below `min_rating` are left out.
    """

    learner: str = ""
    item: str = ""
    time: str = ""
    position: str = ""
    rating: str = ""
    min_rating: float = 0.0
    title: str = ""
    encoding: str = "utf-8-sig"

    @property
    def given(self) -> list[str]:
        """Return the columns that were named."""
        named = (self.learner, self.item, self.time, self.position, self.rating, self.title)
        return [name for name in named if name]


USUAL = CsvColumns()
"""All columns are found by their usual names."""


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The rows that count, in the order of the file: positions in the sorted `learners` and `items`, and more.

    `at` is us since 1970 where `has_times`, else a rank from 0; `lines` are numbers of lines; `marked` says which
    rows the file itself holds out; `titles` names items. Of all rows `read`, `low_rated` were left out.
    """

    learners: tuple[str, ...]
    items: tuple[str, ...]
    learner_of: Array
    item_of: Array
    at: Array
    has_times: bool
    lines: Array
    marked: Array
    titles: dict[str, str]
    read: int
    low_rated: int


def read_rows(path: Path, columns: CsvColumns = USUAL) -> CsvRows:
    """Read a file; RequestRefusedError names line and column of an invalid value."""
    table = open_table(path, columns.given, columns.encoding)
    found, is_time = _find_columns(table, columns)
    reader = _Reader(table, found, columns.min_rating, Moments(is_time))
    for line, cells in table.rows():
        reader.read(line, cells)
    return reader.rows()


class _Ids:
    """Numbers texts in the order of their first appearance."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.codes: list[int] = []

    def add(self, text: str) -> None:
        self.codes.append(self.names.setdefault(text, len(self.names)))

    def sorted(self) -> tuple[tuple[str, ...], Array]:
        """Return the texts sorted, and for each text added its position among them."""
        texts = tuple(sorted(self.names))
        positions = np.zeros(len(texts), dtype=np.int32)
        positions[[self.names[text] for text in texts]] = np.arange(len(texts), dtype=np.int32)
        return texts, positions[np.array(self.codes, dtype=np.int64)]


@dataclass(frozen=True, slots=True)
class _Places:
    learner: int
    item: int
    order: int
    rating: int | None
    title: int | None
    held_out: int | None


@dataclass(slots=True)
class _Reader:
    """Collects the columns of the rows that count."""

    table: Table
    places: _Places
    min_rating: float
    moments: Moments
    learners: _Ids = field(default_factory=_Ids)
    items: _Ids = field(default_factory=_Ids)
    lines: list[int] = field(default_factory=list)
    marked: list[bool] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    left_out: int = 0

    def read(self, line: int, cells: Sequence[str]) -> None:
        """Take a row, unless its rating is too low or it is a header above columns given by number."""
        places = self.places
        if line == 1 and not self.moments.reads(cells[places.order]):
            return
        if places.rating is not None and self._rating(line, cells[places.rating]) < self.min_rating:
            self.left_out += 1
            return
        item = self._id(line, "item", places.item, cells)
        self.learners.add(self._id(line, "learner", places.learner, cells))
        self.items.add(item)
        self.moments.add(self._where(line, places.order), cells[places.order])
        self.lines.append(line)
        if places.title is not None and cells[places.title].strip():
            self.titles.setdefault(item, cells[places.title].strip())
        if places.held_out is not None:
            self.marked.append(self._is_held_out(line, cells[places.held_out]))

    def rows(self) -> CsvRows:
        """Return all that was read."""
        learners, learner_of = self.learners.sorted()
        items, item_of = self.items.sorted()
        flags = np.array(self.marked, dtype=bool) if self.marked else np.zeros(len(self.lines), dtype=bool)
        return CsvRows(
            learners=learners,
            items=items,
            learner_of=learner_of,
            item_of=item_of,
            at=self._times(),
            has_times=self.moments.is_time,
            lines=np.array(self.lines, dtype=np.int64),
            marked=flags,
            titles=self.titles,
            read=len(self.lines) + self.left_out,
            low_rated=self.left_out,
        )

    def _times(self) -> Array:
        at = self.moments.values()
        outside = find_outside(at) if self.moments.is_time else None
        if outside is not None:
            where = self._where(self.lines[outside], self.places.order)
            raise RequestRefusedError(
                f"{where}: the time is in none of the years 1 to 9999; correct it or drop the line."
            )
        return at

    def _where(self, line: int, place: int) -> str:
        name = self.table.header[place] if self.table.header else str(place + 1)
        return f"{self.table.path.name}, line {line}, column {name}"

    def _id(self, line: int, kind: str, place: int, cells: Sequence[str]) -> str:
        text = cells[place].strip()
        if not text:
            raise RequestRefusedError(
                f"{self._where(line, place)}: the {kind} is empty; fill it or drop the line."
            )
        return text

    def _rating(self, line: int, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value != value:
            raise RequestRefusedError(
                f"{self._where(line, self.places.rating or 0)}: the rating {text[:50]!r} is not a number; "
                "correct it or drop the line."
            )
        return value

    def _is_held_out(self, line: int, text: str) -> bool:
        plain = text.strip().lower()
        if plain not in YES | NO:
            where = self._where(line, self.places.held_out or 0)
            raise RequestRefusedError(f"{where}: held_out is {text[:50]!r}; write 1 or 0.")
        return plain in YES


def _find_columns(table: Table, columns: CsvColumns) -> tuple[_Places, bool]:
    learner = find_column(table, columns.learner, LEARNER_NAMES)
    item = find_column(table, columns.item, ITEM_NAMES)
    time = find_column(table, columns.time, () if columns.position else TIME_NAMES)
    position = find_column(table, columns.position, POSITION_NAMES)
    order = position if time is None else time
    for place, option in ((learner, "--learner"), (item, "--item"), (order, "--time or --position")):
        if place is None:
            there = ", ".join(table.header) or f"no names, only numbers from 1 to {table.width}"
            raise RequestRefusedError(f"{table.path.name}: name the column for {option}; it has: {there}.")
    assert learner is not None and item is not None and order is not None
    rating, title = (table.column(name) if name else None for name in (columns.rating, columns.title))
    held_out = find_column(table, "", HELD_OUT_NAMES)
    return _Places(learner, item, order, rating, title, held_out), time is not None


def find_column(table: Table, given: str, usual: Sequence[str]) -> int | None:
    """Return the position of the given column, or of one with a usual name (`user_id`, `userId`), or None."""
    if given:
        return table.column(given)
    plain = [name.lower().removesuffix("id").rstrip("_ ") for name in table.header]
    for name in usual:
        if name in plain:
            return plain.index(name)
    return None
