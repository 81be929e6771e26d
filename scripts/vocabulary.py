"""Change what verbs and Activity types mean to a store's recommendations, as CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from lrs.auth.stores import store_named
from recommender.catalogue.store_vocabulary import export_rows, import_rows, reset_rows
from recommender.errors import RecommenderError
from recommender.storage.records import create_indexes
from recommender.vocabulary.tables import TABLES
from scripts.catalogue import read_file
from scripts.session import open_database, run


def main() -> int:
    """Parse the arguments and do what they say."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.action != "reset" and arguments.file is None:
        parser.error(f"{arguments.action} needs a FILE.csv")
    with open_database() as (database, _):
        create_indexes(database)
        store = store_named(arguments.store)
        if arguments.action == "import":
            count = import_rows(database, store.id, arguments.table, read_file(arguments.file))
            print(f"{count} {arguments.table} of {store.name!r} differ from the defaults.")
        elif arguments.action == "export":
            arguments.file.write_bytes(export_rows(database, store.id, arguments.table))
            print(f"The {arguments.table} of {store.name!r} are in {arguments.file}.")
        else:
            reset_rows(database, store.id, arguments.table)
            print(f"The {arguments.table} of {store.name!r} are the defaults again.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("import", "export", "reset"))
    parser.add_argument("store")
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.csv")
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
