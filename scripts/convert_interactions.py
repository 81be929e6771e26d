"""Turn a CSV of interactions into Statements, one JSON text a line, for import_statements."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lrs.ingestion.interactions_csv import Columns, Naming, read_interactions
from schemas.json_text import dump_json
from schemas.timestamps import parse_timestamp
from scripts.session import run


def main() -> int:
    """Read the CSV and write the Statements."""
    arguments = _parser().parse_args()
    columns = Columns(arguments.learner, arguments.item, arguments.order, arguments.title)
    naming = Naming(arguments.base.rstrip("/"), parse_timestamp(arguments.start))
    written = 0
    with arguments.ndjson.open("wb") as target:
        for statement in read_interactions(arguments.csv, columns, naming):
            target.write(dump_json(statement) + b"\n")
            written += 1
    print(f"Wrote {written} Statements to {arguments.ndjson}.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", type=Path, help="CSV file, plain or .gz")
    parser.add_argument("ndjson", type=Path, help="file to write")
    parser.add_argument("--learner", default="learner", help="column of the learner (default: learner)")
    parser.add_argument("--item", default="item", help="column of the item (default: item)")
    parser.add_argument(
        "--order",
        default="position",
        help="column of the time (ISO 8601), or of a number: days after --start (default: position)",
    )
    parser.add_argument("--title", help="column of the item's title")
    parser.add_argument("--base", default="https://interactions.example", help="IRI that ids hang on")
    parser.add_argument("--start", default="2024-01-01T00:00:00Z", help="time of number 0")
    return parser


if __name__ == "__main__":
    run(main)
