"""List the lines of a store's audit trail, and verify that none was changed or removed."""

from __future__ import annotations

from dataclasses import asdict

import click

from lrs.auth.stores import store_named
from lrs.privacy.auditing import find_lines, names_of_credentials, names_of_person, note_command, verify_trail
from lrs.storage.audit import EVERYBODY, Line
from schemas.identifiers import identifier_named
from schemas.timestamps import format_timestamp
from scripts.command import FAILED, Group, run
from scripts.options import json_option, store_argument
from scripts.output import print_json, print_table
from scripts.session import open_database, person_in, service_settings

HEADER = ("at", "who", "learner", "method", "route", "count", "about")
DAYS = ("day", "lines", "last hash", "fault")


@click.group(cls=Group)
def main() -> None:
    """List who asked for data of people, and verify that no line was changed or removed."""


@main.command("list", examples=["acme", "acme --person ada@example.org --limit 20 --json"])
@store_argument
@click.option(
    "--person", help="Only lines about this person (a mail address, an Agent as JSON) and about everybody."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many lines."
)
@json_option
def show_lines(store: str, person: str | None, limit: int, as_json: bool) -> None:
    """List the newest lines; people are shown as digests with a key of the store. That you read them is a line too."""
    named = identifier_named(person) if person else None
    with open_database() as database:
        found = store_named(database, store)
        identifier = person_in(found, named) if named else None
        about = names_of_person(database, found.id, identifier) if identifier else None
        lines = find_lines(database, found.id, about, limit).lines
        names = names_of_credentials(database, lines)
        note_command(database, found.id, service_settings().audit_days, "audit list", identifier, len(lines))
    rows = [_values(line, names) for line in lines]
    if as_json:
        print_json(rows)
    else:
        print_table(HEADER, [[str(row[name]) for name in HEADER] for row in rows])


@main.command("verify", examples=["acme", "acme --json"])
@store_argument
@json_option
@click.pass_context
def verify(context: click.Context, store: str, as_json: bool) -> None:
    """Verify the trail day by day; ends with status 1 where a line was changed, left out or put in.

    Keep the last hash of a day elsewhere: it proves later that nothing up to that day was removed.
    """
    with open_database() as database:
        days = verify_trail(database, store_named(database, store).id)
    if as_json:
        print_json([asdict(day) for day in days])
    else:
        print_table(DAYS, [(day.day, str(day.lines), day.last_hash, day.fault or "none") for day in days])
    if any(day.fault for day in days):
        context.exit(FAILED)


def _values(line: Line, names: dict[str, str]) -> dict[str, str | int]:
    return {
        "at": format_timestamp(line["at"]),
        "who": names.get(line["key"], line["key"]),
        "learner": line["by"] or "",
        "method": line["method"],
        "route": line["route"],
        "count": line["count"],
        "about": " ".join("everybody" if one == EVERYBODY else one for one in line["about"]),
    }


if __name__ == "__main__":
    run(main)
