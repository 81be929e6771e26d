"""Turn a CSV of interactions into Statements, one JSON text a line, for import_statements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from lrs.ingestion.interactions_csv import Columns, Naming, read_interactions
from schemas.json_text import dump_json
from schemas.timestamps import parse_timestamp
from scripts.command import command, run
from scripts.options import FILE, json_option
from scripts.output import print_json, say


@dataclass(frozen=True, slots=True)
class Conversion:
    """The parsed arguments: the files, and how the CSV is read."""

    csv: Path
    ndjson: Path
    learner: str
    item: str
    order: str
    title: str | None
    base: str
    start: str
    as_json: bool

    @property
    def columns(self) -> Columns:
        """The columns to read."""
        return Columns(self.learner, self.item, self.order, self.title)

    @property
    def naming(self) -> Naming:
        """How ids and times are made."""
        return Naming(self.base.rstrip("/"), parse_timestamp(self.start))


@command(
    examples=[
        "takes.csv takes.ndjson",
        "takes.csv.gz takes.ndjson --learner user --item course --order date --title name",
    ]
)
@click.argument("csv", type=FILE)
@click.argument("ndjson", type=FILE)
@click.option("--learner", default="learner", show_default=True, help="Column of the learner.")
@click.option("--item", default="item", show_default=True, help="Column of the item.")
@click.option(
    "--order",
    default="position",
    show_default=True,
    help="Column of the time (ISO 8601), or of a number: days after --start.",
)
@click.option("--title", help="Column of the item's title.")
@click.option(
    "--base", default="https://interactions.example", show_default=True, help="IRI that ids begin with."
)
@click.option("--start", default="2024-01-01T00:00:00Z", show_default=True, help="Time of number 0.")
@json_option
def main(**options: Any) -> None:
    """Turn a CSV of interactions (a learner, an item, a time) into Statements for import.

    CSV may be plain or gzip; NDJSON is the file to write.
    """
    conversion = Conversion(**options)
    written = _convert(conversion)
    if conversion.as_json:
        print_json({"statements": written, "file": str(conversion.ndjson)})
    else:
        say(f"Wrote {written} Statements to {conversion.ndjson}.")


def _convert(conversion: Conversion) -> int:
    written = 0
    with conversion.ndjson.open("wb") as target:
        for statement in read_interactions(conversion.csv, conversion.columns, conversion.naming):
            target.write(dump_json(statement) + b"\n")
            written += 1
    return written


if __name__ == "__main__":
    run(main)
