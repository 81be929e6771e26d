"""Tables: on a page as HTML (`tables.html`), and beside it as CSV and as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from schemas.cells import plain_cell
from schemas.json_text import dump_json

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key of its values in rows, and what stands above it.

    Values of a column that `is_time` are days or times as ISO 8601: files keep them, pages write them out.
    """

    key: str
    label: str
    is_number: bool = False
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; a row lacks a key, or has None there, where there is nothing to show."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Value]]


def as_csv(table: Table) -> Response:
    """Return a table as a CSV file; a text that a spreadsheet would compute has an apostrophe before it."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([column.key for column in table.columns])
    writer.writerows([plain_cell(row.get(column.key)) for column in table.columns] for row in table.rows)
    response = Response(lines.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return response


def as_streamed_csv(table: Table, most_rows: int, most_bytes: int) -> Response:
    """Return a table as a CSV file that is sent while it is written; where it is cut, its last line says so."""
    response = Response(_lines(table, most_rows, most_bytes), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return response


def _lines(table: Table, most_rows: int, most_bytes: int) -> Iterator[str]:
    yield (line := _line([column.key for column in table.columns]))
    size = len(line.encode())
    for number, row in enumerate(table.rows):
        line = _line([plain_cell(row.get(column.key)) for column in table.columns])
        size += len(line.encode())
        if number == most_rows or size > most_bytes:
            yield _line(
                [
                    f"cut: {number} of {len(table.rows)} rows; choose a filter or a shorter window for the others"
                ]
            )
            return
        yield line


def _line(values: Sequence[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(values)
    return written.getvalue()


def as_json(table: Table) -> Response:
    """Return a table as JSON: its name, its columns, and an object for each row."""
    keys = [column.key for column in table.columns]
    body = {
        "name": table.name,
        "columns": [{"key": column.key, "label": column.label} for column in table.columns],
        "rows": [{key: row.get(key) for key in keys} for row in table.rows],
    }
    return Response(dump_json(body), mimetype="application/json")
