"""Answers as tables: to read on a page, and to take away as CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pages import texts
from pages.insights import cells
from pages.tables import Column, Table
from recommender.insights.answers import Answer, Cell, Row
from recommender.insights.months import date_of

PARTS = ("count", "of", "low", "high")
"""What stands beside the value of a cell in CSV and JSON, where some cell of its column has it."""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell to read: its text, the counts behind it, and how it is set."""

    text: str
    detail: str = ""
    is_number: bool = True
    is_few: bool = False


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table to read: its name, its headings and rows; `left_out` rows more are in the CSV."""

    name: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    left_out: int = 0


def shown_table(answer: Answer, columns: tuple[str, ...] = (), most: int = 200) -> ShownTable:
    """Return an answer as a table to read, with the row of everybody at its end."""
    chosen = columns or answer.columns
    rows = [_shown_row(row, answer, chosen) for row in answer.rows[:most]]
    is_ratio = not cells.RATIOS.isdisjoint(chosen)  # everybody is what groups are divided by
    if answer.total is not None and len(answer.rows) != 1 and not is_ratio:
        name = ShownCell(texts.text("insights.everybody"), is_number=False)
        blank = (ShownCell("", is_number=False),) * (len(cells.label_columns(answer)) - 1)
        rows.append((name, *blank, *_shown_cells(answer.total, answer, chosen)))
    return ShownTable(
        answer.figure.titles[texts.language()],
        tuple(map(cells.heading, cells.label_columns(answer))),
        tuple(map(cells.heading, chosen)),
        tuple(rows),
        max(0, len(answer.rows) - most),
    )


def _shown_row(row: Row, answer: Answer, columns: tuple[str, ...]) -> tuple[ShownCell, ...]:
    named = zip(cells.label_columns(answer), row.labels, strict=True)
    labels = (ShownCell(cells.labelled(column, label), is_number=False) for column, label in named)
    return (*labels, *_shown_cells(row, answer, columns))


def _shown_cells(row: Row, answer: Answer, columns: tuple[str, ...]) -> tuple[ShownCell, ...]:
    return tuple(shown_cell(column, row.cells.get(column), answer.floor) for column in columns)


def shown_cell(column: str, cell: Cell | None, floor: int) -> ShownCell:
    """Return a cell to read."""
    is_few = cell is not None and cell.is_few
    return ShownCell(cells.written(column, cell, floor), cells.detail(cell), is_few=is_few)


def table_of(answer: Answer) -> Table:
    """Return an answer as a table to take away; each row names figure and days. Hidden numbers read `<5`."""
    days: dict[str, str | int] = {
        "figure": answer.figure.name,
        "since": str(date_of(answer.since_day)),
        "until": str(date_of(answer.last_day)),
    }
    if answer.missing_days:
        days["missing_days"] = answer.missing_days
    keys = [key for column in answer.columns for key in _keys(column, answer)]
    rows = list(answer.rows)
    if answer.total is not None:
        rows.append(Row(("total",) + ("",) * (len(cells.label_columns(answer)) - 1), answer.total.cells))
    columns = [Column(name, cells.heading(name)) for name in cells.label_columns(answer)]
    columns += [Column(key, cells.heading(key), is_number=True) for key in keys]
    columns += [Column(key, cells.heading(key)) for key in days]
    return Table(answer.figure.name, tuple(columns), [{**_raw(row, answer), **days} for row in rows])


def _keys(column: str, answer: Answer) -> list[str]:
    """Return the keys of a column: its value, and those parts that some cell has."""
    rows = (*answer.rows, *([answer.total] if answer.total else []))
    found = [row.cells[column] for row in rows if column in row.cells]
    parts = [part for part in PARTS if any(getattr(cell, part) is not None for cell in found)]
    return [column, *(f"{column}_{part}" for part in parts)]


def _raw(row: Row, answer: Answer) -> Mapping[str, str | int | float | None]:
    values: dict[str, str | int | float | None] = dict(
        zip(cells.label_columns(answer), row.labels, strict=True)
    )
    for column, cell in row.cells.items():
        values[column] = f"<{answer.floor}" if cell.is_few else cell.value
        values.update({f"{column}_{part}": getattr(cell, part) for part in PARTS})
    return values
