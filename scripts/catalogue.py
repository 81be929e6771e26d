"""Import and export what people enter: nuggets, roles, learners and labels, as CSV."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from lrs.auth.stores import Store, store_named
from lrs.statements.pseudonymity import Hiding
from lrs.storage.database import Database, StoreId
from recommender.catalogue.editing import NAMED, import_lines
from recommender.catalogue.links import check_links, longest_unchecked
from recommender.catalogue.listing import (
    iterate_entered,
    iterate_entered_learners,
    iterate_entered_nuggets,
    iterate_shown_nuggets,
)
from recommender.catalogue.search import NuggetSearch
from recommender.storage.entries import Kind
from recommender.storage.link_checks import iterate_checks
from schemas.catalogue import ROWS, NuggetQuery
from schemas.payloads import Values
from schemas.tables import iterate_csv, read_table
from scripts.command import Group, run
from scripts.files import read_file, write_parts
from scripts.options import FILE, json_option, store_argument
from scripts.output import print_result
from scripts.session import open_database, store_pseudonyms

KINDS: tuple[Kind, ...] = ("nuggets", "roles", "learners", "labels")

kind_argument = click.argument("kind", type=click.Choice(KINDS))
file_argument = click.argument("file", type=FILE, metavar="FILE.csv")


@click.group(cls=Group)
def main() -> None:
    """Import and export what people enter: nuggets, roles, learners and labels, as CSV."""


@main.command("import", examples=["acme nuggets nuggets.csv"])
@store_argument
@kind_argument
@file_argument
@json_option
def import_entries(store: str, kind: Kind, file: Path, as_json: bool) -> None:
    """Enter every line of a CSV file, or none if a line is wrong."""
    with open_database() as database:
        found = store_named(database, store)
        count = import_file(database, found, kind, file)
    values = {"store": found.name, "kind": kind, "entered": count}
    print_result(values, f"{count} {kind} entered in {found.name!r}.", as_json=as_json)


@main.command("export", examples=["acme learners learners.csv", "acme nuggets nuggets.csv --all"])
@store_argument
@kind_argument
@file_argument
@click.option(
    "--all", "everything", is_flag=True, help="Export all nuggets as shown, not only those entered."
)
@json_option
def export_entries(store: str, kind: Kind, file: Path, everything: bool, as_json: bool) -> None:
    """Write what was entered to a CSV file."""
    with open_database() as database:
        found = store_named(database, store)
        rows = CountedRows(lambda: iterate_rows(database, found.id, kind, everything=everything))
        write_parts(file, iterate_csv(ROWS[kind], rows.read))
    values = {"store": found.name, "kind": kind, "written": rows.count, "file": str(file)}
    print_result(values, f"{rows.count} {kind} of {found.name!r} written to {file}.", as_json=as_json)


@main.command("check-links", examples=["acme", "acme --limit 200 --pause 2"])
@store_argument
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=1_000,
    show_default=True,
    help="How many, those first that were not checked for the longest time.",
)
@click.option(
    "--pause",
    type=click.FloatRange(0.1, 60),
    default=1.0,
    show_default=True,
    help="Seconds between two requests to the same host.",
)
@json_option
def check_addresses(store: str, limit: int, pause: float, as_json: bool) -> None:
    """Check whether the addresses of open nuggets lead anywhere; the page of the catalogue shows those that do not.

    One HEAD request for each, to public addresses alone and without following redirects. Nothing is checked by itself:
    let cron run it.
    """
    with open_database() as database:
        found, now = store_named(database, store), time.time_ns() // 1000
        searched = (one.nugget for one in NuggetSearch(database).iterate(found.id))
        chosen = longest_unchecked(database, found.id, (one for one in searched if one.is_open(now)), limit)
        count = check_links(database, found.id, chosen, pause)
        dead = sum(1 for _ in iterate_checks(database, found.id, dead_only=True))
    values = {"store": found.name, "checked": count, "dead": dead}
    print_result(values, f"{count} links of {found.name!r} checked; {dead} lead nowhere.", as_json=as_json)


def import_file(database: Database, store: Store, kind: Kind, path: Path) -> int:
    """Enter every line of a CSV file or none; return how many. Raise InvalidInputError."""
    body, pseudonym_of = read_file(path), store_pseudonyms().of(store)
    body = Hiding(pseudonym_of).table(body) if pseudonym_of else body
    return import_lines(database, store.id, kind, read_table(body, ROWS[kind]))


@dataclass(slots=True)
class CountedRows:
    """Rows that may be read several times; `count` is how many the last reading gave."""

    source: Callable[[], Iterator[Values]]
    count: int = 0

    def read(self) -> Iterator[Values]:
        """Read the rows from the start."""
        self.count = 0
        for row in self.source():
            self.count += 1
            yield row


def iterate_rows(
    database: Database, store: StoreId, kind: Kind, *, everything: bool = False
) -> Iterator[Values]:
    """Stream what was entered; of nuggets, where `everything` is wanted, all as they are shown."""
    if kind in NAMED:
        return iterate_entered(database, store, kind)
    if kind == "learners":
        return iterate_entered_learners(database, store)
    if not everything:
        return iterate_entered_nuggets(database, store)
    return iterate_shown_nuggets(NuggetSearch(database), database, store, NuggetQuery(0))


if __name__ == "__main__":
    run(main)
