"""Import and export what people enter: nuggets, roles and learners, as CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from lrs.auth.stores import store_named
from lrs.errors import RequestRefusedError
from lrs.storage.database import Database, StoreId
from recommender.catalogue.editing import import_lines
from recommender.catalogue.listing import (
    entered_learners,
    entered_nuggets,
    entered_roles,
    iterate_nuggets,
    shown_values,
)
from recommender.errors import RecommenderError
from recommender.storage.entries import Kind
from recommender.storage.records import create_indexes
from schemas.catalogue import ROWS, NuggetQuery
from schemas.payloads import Values
from schemas.tables import read_table, write_rows
from scripts.session import open_database, run

KINDS: tuple[Kind, ...] = ("nuggets", "roles", "learners")


def main() -> int:
    """Parse the arguments and do what they say."""
    arguments = _parser().parse_args()
    kind: Kind = arguments.kind
    with open_database() as (database, _):
        create_indexes(database)
        store = store_named(arguments.store)
        if arguments.action == "import":
            count = import_file(database, store.id, kind, arguments.file)
            print(f"{count} {kind} entered in {store.name!r}.")
        else:
            rows = find_rows(database, store.id, kind, everything=arguments.all)
            arguments.file.write_bytes(write_rows(ROWS[kind], rows))
            print(f"{len(rows)} {kind} of {store.name!r} written to {arguments.file}.")
    return 0


def import_file(database: Database, store: StoreId, kind: Kind, path: Path) -> int:
    """Enter every line of a CSV file or none; return how many. Raise InvalidInputError."""
    return import_lines(database, store, kind, read_table(read_file(path), ROWS[kind]))


def find_rows(database: Database, store: StoreId, kind: Kind, *, everything: bool = False) -> list[Values]:
    """Return what was entered; of nuggets, where `everything` is wanted, all as they are shown."""
    if kind == "roles":
        return entered_roles(database, store)
    if kind == "learners":
        return entered_learners(database, store)
    if not everything:
        return entered_nuggets(database, store)
    listed = iterate_nuggets(database, store, NuggetQuery(0))
    return [{"activity": one.nugget.id, **shown_values(one.nugget)} for one in listed]


def read_file(path: Path) -> bytes:
    """Return a file's content; raise RequestRefusedError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be read: {error.strerror}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("import", "export"))
    parser.add_argument("store")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument(
        "--all", action="store_true", help="export all nuggets as they are shown, not only those entered"
    )
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
