"""Show, join and part people with many names, import a table of them, and set rules about mail addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from lrs.auth.stores import Store, set_mail_rules, store_named
from lrs.people.linking import Group, Joined, apply_rules, join_many, join_people, part_person, show_person
from lrs.people.linking import Progress as Count
from lrs.personas import Persona
from lrs.storage.database import Database
from schemas.identifiers import agent_of
from schemas.json_text import dump_json
from schemas.people import MailRule, SameRow
from schemas.tables import MOST_LINES, read_table
from schemas.timestamps import format_timestamp
from scripts.command import Group as Commands
from scripts.command import run
from scripts.files import open_file
from scripts.options import FILE, json_option, store_argument
from scripts.output import Progress, print_json, print_result, print_table
from scripts.session import open_database, person_in

HEADER = ("identifier", "joined by", "since")
_SAME = SameRow()


@click.group(cls=Commands)
def main() -> None:
    """Show, join and part people with many names.

    AGENT is a mail address, or an Agent as JSON. Statements are never changed.
    """


@main.command("show", examples=["acme ada@acme.example"])
@store_argument
@click.argument("agent")
@json_option
def show(store: str, agent: str, as_json: bool) -> None:
    """Show all identifiers of a person."""
    with open_database() as database:
        found = store_named(database, store)
        _tell(show_person(database, found, _identifier(found, agent)), as_json)


@main.command("join", examples=["acme ada@acme.example ada.lee@home.example"])
@store_argument
@click.argument("agents", nargs=-1, required=True, metavar="AGENT AGENT...")
@json_option
def join(store: str, agents: tuple[str, ...], as_json: bool) -> None:
    """Make one person of several identifiers."""
    with open_database() as database:
        found = store_named(database, store)
        _tell(join_people(database, found, [_identifier(found, one) for one in agents], "admin"), as_json)


@main.command("part", examples=["acme ada.lee@home.example"])
@store_argument
@click.argument("agent")
@json_option
def part(store: str, agent: str, as_json: bool) -> None:
    """Make a person of its own of an identifier and what it came with."""
    with open_database() as database:
        found = store_named(database, store)
        _tell(part_person(database, found, _identifier(found, agent)), as_json)


@main.command("import", examples=["acme people.csv"])
@store_argument
@click.argument("file", type=FILE)
@json_option
def import_table(store: str, file: Path, as_json: bool) -> None:
    """Join the two identifiers of each line of a CSV with the columns agent and same_as.

    Nothing is joined unless all lines can be read. Started again after an interruption, it goes on.
    """
    lines = sum(1 for _ in _groups(file))
    with open_database() as database, Progress(lines) as progress:
        found = join_table(database, store_named(database, store), file, progress.count)
    print_result(asdict(found), f"{lines} lines; {_told(found)}", as_json=as_json)


@main.command("rule", examples=["acme https://lms.acme.example acme.example", "acme --none"])
@store_argument
@click.argument("rule", nargs=-1, metavar="HOME_PAGE DOMAIN...")
@click.option("--none", "clears", is_flag=True, help="Remove all rules; those joined by them stay joined.")
@json_option
def rule(store: str, rule: tuple[str, ...], clears: bool, as_json: bool) -> None:
    """Say which accounts are named by the mail addresses of which domain, and join the people seen so far.

    The accounts of HOME_PAGE are named by whole addresses of DOMAIN, or by what stands before the @.
    """
    if len(rule) % 2 or not (rule or clears):
        raise click.UsageError("Give a home page and a domain for each rule, or --none.")
    rules = [MailRule(*pair) for pair in zip(rule[::2], rule[1::2], strict=True)]
    with open_database() as database, Progress() as progress:
        changed = set_mail_rules(database, store_named(database, store), rules)
        found = apply_rules(database, changed, progress.count)
    values = {"rules": [[one.home_page, one.domain] for one in rules], **asdict(found)}
    print_result(values, f"{len(rules)} rules; {_told(found)}", as_json=as_json)


def join_table(database: Database, store: Store, file: Path, count: Count) -> Joined:
    """Join the two identifiers of each line of a CSV, some hundred lines at a time; `count` hears how far it is."""
    groups = (tuple(person_in(store, one) for one in group) for group in _groups(file))
    return join_many(database, store, groups, "csv", count)


def _told(found: Joined) -> str:
    erased = f" Of {found.left_out} groups somebody was erased; they were left out." if found.left_out else ""
    return f"{found.joined} people joined to others.{erased}"


def _groups(file: Path) -> Iterator[Group]:
    """Yield the two identifiers of each line, some thousand lines at a time."""
    with open_file(file) as lines:
        header = next(lines, b"")
        while some := list(islice(lines, MOST_LINES)):
            for line in read_table(header + b"".join(some), _SAME):
                yield line.values["agent"], line.values["same_as"]


def _identifier(store: Store, text: str) -> str:
    return person_in(store, str(_SAME.read_one("agent", text)))


def _tell(person: Persona, as_json: bool) -> None:
    origins = {one: part for part in person.joined for one in part.identifiers}
    rows = [
        (one, origins[one].by, format_timestamp(origins[one].since)) if one in origins else (one, None, None)
        for one in person.identifiers
    ]
    if as_json:
        found = [{"agent": agent_of(one), "by": by, "since": since} for one, by, since in rows]
        print_json({"name": person.name, "identifiers": found})
        return
    texts = [(dump_json(agent_of(one)).decode(), by or "", (since or "")[:19]) for one, by, since in rows]
    print_table(HEADER, texts)


if __name__ == "__main__":
    run(main)
