"""Turn a CSV of interactions into Statements, one JSON text a line, for import_statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import open_table
from lrs.ingestion.takes import Take, completed_statement
from recommender.evaluation.csv_rows import Array, CsvColumns, CsvRows, read_rows
from recommender.evaluation.csv_times import find_outside, spread
from schemas.json_text import dump_json
from schemas.timestamps import format_timestamp, parse_timestamp
from scripts.column_options import columns_of, interaction_columns
from scripts.command import command, run
from scripts.files import write_parts
from scripts.options import FILE, json_option
from scripts.output import print_json


@dataclass(frozen=True, slots=True)
class Conversion:
    """The parsed arguments: the files, how the CSV is read, and how ids and times are made."""

    csv: Path
    ndjson: Path
    columns: CsvColumns
    titles: Path | None
    base: str
    start: str
    as_json: bool


@command(
    examples=[
        "takes.csv takes.ndjson",
        "takes.csv.gz takes.ndjson --learner user --item course --time date --title name",
        "u.data films.ndjson --learner 1 --item 2 --rating 3 --min-rating 4 --time 4 --titles u.item "
        "--encoding latin-1",
    ]
)
@click.argument("csv", type=FILE)
@click.argument("ndjson", type=FILE)
@interaction_columns
@click.option("--title", default="", metavar="COLUMN", help="Column of the item's title.")
@click.option(
    "--titles",
    type=FILE,
    metavar="FILE",
    help="File with the item in its first column, its title in the second.",
)
@click.option(
    "--base", default="https://interactions.example", show_default=True, help="IRI that ids begin with."
)
@click.option(
    "--start", default="2024-01-01T00:00:00Z", show_default=True, help="With --position: time of the first."
)
@json_option
def main(csv: Path, ndjson: Path, as_json: bool, **options: Any) -> None:
    """Turn a CSV of interactions (a learner, an item, a time) into Statements for import.

    CSV may be plain or gzip, with comma, tab, semicolon, `|` or `::` between its columns, with a header or
    without (columns are given by number then); NDJSON is the file to write.
    """
    columns = columns_of(options, title=options["title"])
    base, start, titles = options["base"].rstrip("/"), options["start"], options["titles"]
    conversion = Conversion(csv, ndjson, columns, titles, base, start, as_json)
    rows = read_rows(csv, columns)
    if not len(rows.at):
        raise RequestRefusedError(f"{csv.name} has no row that counts; {_left_out(conversion, rows)}")
    at = rows.at if rows.has_times else spread(rows.at, parse_timestamp(start))
    if find_outside(at) is not None:
        raise RequestRefusedError(
            f"From {start} on, positions lead beyond the year 9999; choose an earlier --start."
        )
    _write(conversion, rows, at)
    if as_json:
        print_json(_values(conversion, rows))
    else:
        click.echo("\n".join(_sentences(conversion, rows, at)))


def _write(conversion: Conversion, rows: CsvRows, times: Array) -> None:
    titles = {**rows.titles, **_titles(conversion)}
    statements = (completed_statement(take, conversion.base) for take in _takes(rows, times, titles))
    write_parts(conversion.ndjson, (dump_json(statement) + b"\n" for statement in statements))


def _takes(rows: CsvRows, times: Array, titles: dict[str, str]) -> Iterator[Take]:
    for line, learner, item, at in zip(rows.lines, rows.learner_of, rows.item_of, times, strict=True):
        name = rows.items[item]
        yield Take(int(line), rows.learners[learner], name, titles.get(name, name), int(at))


def _titles(conversion: Conversion) -> dict[str, str]:
    if conversion.titles is None:
        return {}
    table = open_table(conversion.titles, ("1", "2"), conversion.columns.encoding)
    if table.width < 2:
        raise RequestRefusedError(
            f"{conversion.titles.name} has one column; it needs the item in the first, its title in the second."
        )
    return {cells[0].strip(): cells[1].strip() for _, cells in table.rows() if cells[1].strip()}


def _sentences(conversion: Conversion, rows: CsvRows, times: Array) -> Iterator[str]:
    first, last = (format_timestamp(at)[:10] for at in (int(times.min()), int(times.max())))
    yield f"Read {rows.read:,} rows of {conversion.csv.name}; {_left_out(conversion, rows)}"
    yield (
        f"Wrote {len(times):,} Statements of {len(rows.learners):,} learners and {len(rows.items):,} items, "
        f"from {first} to {last}, to {conversion.ndjson}."
    )
    yield f"Next: learnerprise import STORE {conversion.ndjson}"


def _left_out(conversion: Conversion, rows: CsvRows) -> str:
    if not rows.low_rated:
        return "none was left out."
    return (
        f"{rows.low_rated:,} were left out, because their rating is below {conversion.columns.min_rating:g}."
    )


def _values(conversion: Conversion, rows: CsvRows) -> dict[str, Any]:
    return {
        "rows": rows.read,
        "low_rated": rows.low_rated,
        "statements": len(rows.at),
        "learners": len(rows.learners),
        "items": len(rows.items),
        "file": str(conversion.ndjson),
    }


if __name__ == "__main__":
    run(main)
