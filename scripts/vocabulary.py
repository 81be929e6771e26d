"""Change what verbs and Activity types mean to a store's recommendations, as CSV."""

from __future__ import annotations

from pathlib import Path

import click

from lrs.auth.stores import store_named
from recommender.catalogue.store_vocabulary import export_rows, import_rows, reset_rows
from recommender.vocabulary.tables import TABLES, TableName
from scripts.command import Group, run
from scripts.files import read_file, write_file
from scripts.options import FILE, json_option, store_argument
from scripts.output import print_result
from scripts.session import open_database

table_argument = click.argument("table", type=click.Choice(list(TABLES)))
file_argument = click.argument("file", type=FILE, metavar="FILE.csv")


@click.group(cls=Group)
def main() -> None:
    """Change what verbs and Activity types mean to a store's recommendations, as CSV."""


@main.command("import", examples=["acme verbs verbs.csv"])
@store_argument
@table_argument
@file_argument
@json_option
def import_table(store: str, table: TableName, file: Path, as_json: bool) -> None:
    """Read a table from a CSV file; only rows that differ from the defaults are kept."""
    with open_database() as database:
        found = store_named(database, store)
        count = import_rows(database, found.id, table, read_file(file))
    sentence = f"{count} {table} of {found.name!r} differ from the defaults."
    print_result({"store": found.name, "table": table, "changed": count}, sentence, as_json=as_json)


@main.command("export", examples=["acme verbs verbs.csv"])
@store_argument
@table_argument
@file_argument
@json_option
def export_table(store: str, table: TableName, file: Path, as_json: bool) -> None:
    """Write the whole table, as it is used for the store, to a CSV file."""
    with open_database() as database:
        found = store_named(database, store)
        write_file(file, export_rows(database, found.id, table))
    sentence = f"The {table} of {found.name!r} are in {file}."
    print_result({"store": found.name, "table": table, "file": str(file)}, sentence, as_json=as_json)


@main.command("reset", examples=["acme verbs"])
@store_argument
@table_argument
@json_option
def reset_table(store: str, table: TableName, as_json: bool) -> None:
    """Go back to the defaults."""
    with open_database() as database:
        found = store_named(database, store)
        reset_rows(database, found.id, table)
    sentence = f"The {table} of {found.name!r} are the defaults again."
    print_result({"store": found.name, "table": table, "changed": 0}, sentence, as_json=as_json)


if __name__ == "__main__":
    run(main)
