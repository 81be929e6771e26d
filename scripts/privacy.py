"""Export and erase people, remove Statements, say what is held of people and what becomes of data sent again."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from lrs.auth.stores import set_retention, store_named
from lrs.errors import ConfigurationError
from lrs.privacy.auditing import note_command
from lrs.privacy.declarations import ELSEWHERE
from lrs.privacy.erasing import ErasureWish, erase_person, preview_erasure
from lrs.privacy.exporting import export_person
from lrs.privacy.pseudonymising import key_in, pseudonymous_statements
from lrs.privacy.retention import Selection, count_selected, remove_selected, selection_of
from lrs.storage.embedded_engine.copying import copy_into_new_files
from lrs.storage.erased import SENT_AGAIN, SentAgain, set_sent_again
from lrs.storage.erasures import ErasureRow, ErasuresRepository
from lrs.storage.personal_data import PersonalData
from recommender.privacy.declarations import EVERYTHING, HOLDINGS
from schemas.identifiers import identifier_named
from schemas.privacy import HANDLINGS, Handling
from schemas.retention import RetentionRule
from schemas.timestamps import format_timestamp
from scripts.command import Group, run
from scripts.files import write_file, write_lines
from scripts.options import FILE, SECONDS, SPAN, json_option, store_argument
from scripts.output import Progress, print_json, print_result, print_table
from scripts.privacy_page import PAGE, page_text
from scripts.session import open_database, person_in, service_settings

AGENT_HELP = "a mail address, an Agent as JSON, or a canonical identifier such as 'account|18|https://lms.example|4711'"


@click.group(cls=Group)
def main() -> None:
    """Export and erase people, remove Statements, and say what is held of people."""


@main.command(
    "erase",
    examples=[
        "acme ada@acme.example --dry-run",
        "acme ada@acme.example",
        'acme \'{"account": {"homePage": "https://lms.acme.example", "name": "4711"}}\' --mentions remove',
    ],
)
@store_argument
@click.argument("person")
@click.option(
    "--own",
    type=click.Choice(HANDLINGS),
    default="remove",
    show_default=True,
    help="What happens to Statements by the person.",
)
@click.option(
    "--mentions",
    type=click.Choice(HANDLINGS),
    default="pseudonymise",
    show_default=True,
    help="What happens to Statements of others that mention the person.",
)
@click.option("--dry-run", is_flag=True, help="Count what would change, and change nothing.")
@json_option
def erase(store: str, person: str, own: Handling, mentions: Handling, dry_run: bool, as_json: bool) -> None:
    """Erase a person from a store, whatever identifiers the person is known by.

    PERSON is a mail address, an Agent as JSON, or a canonical identifier. Run again after an interruption, the erasure
    goes on where it was. Its receipt says what was changed, and what is left elsewhere until when.
    """
    identifier = identifier_named(person)
    with open_database() as database:
        found = store_named(database, store)
        wish = ErasureWish(person_in(found, identifier), own, mentions)
        if dry_run:
            preview = preview_erasure(database, found.id, wish, HOLDINGS)
            _print_preview(preview.counts, preview.samples, as_json=as_json)
            return
        holdings = replace(HOLDINGS, folder=service_settings().data_folder)
        with Progress() as progress:
            erasure = erase_person(database, found.id, wish, holdings, progress.step)
        days, count = service_settings().audit_days, sum(erasure.counts.values())
        note_command(database, found.id, days, "privacy erase", wish.identifier, count)
    _print_erasure(erasure, as_json=as_json)


@main.command("export", examples=["acme ada@acme.example ada.zip"])
@store_argument
@click.argument("person")
@click.argument("path", type=FILE)
@json_option
def export(store: str, person: str, path: Path, as_json: bool) -> None:
    """Write what is held of a person into a zip: to read (index.html), and for machines.

    PERSON is a mail address, an Agent as JSON, or a canonical identifier. PATH is the zip, which is replaced. Others
    are named in it only where the person addressed them.
    """
    with open_database() as database, Progress() as progress:
        found = store_named(database, store)
        identifier = person_in(found, identifier_named(person))
        exported = export_person(database, found, identifier, HOLDINGS, path, progress.step)
        days, count = service_settings().audit_days, sum(exported.counts.values())
        note_command(database, found.id, days, "privacy export", identifier, count)
    counts = {name: count for name, count in exported.counts.items() if count}
    values = {"path": str(path), "entries": counts, "files": exported.files, "others": exported.others}
    print_result(
        values,
        f"{sum(counts.values())} entries and {exported.files} files written to {path}; {exported.others} others are "
        "not named.",
        as_json=as_json,
    )


@main.command("pseudonymise", examples=["acme research.ndjson --key acme.key"])
@store_argument
@click.argument("path", type=FILE)
@click.option(
    "--key", "key_path", type=FILE, required=True, help="The file with the key; made if there is none."
)
@json_option
def pseudonymise(store: str, path: Path, key_path: Path, as_json: bool) -> None:
    """Write all Statements of a store for research: each person stands under one pseudonym.

    The same key gives the same pseudonyms again. Keep it apart from what it wrote: with it, who is meant can be found.
    """
    with open_database() as database, Progress() as progress:
        found, key = store_named(database, store), key_in(key_path)
        texts = pseudonymous_statements(database, found.id, key, progress.step)
        count = write_lines(path, texts)
        note_command(database, found.id, service_settings().audit_days, "privacy pseudonymise", None, count)
    values = {"path": str(path), "statements": count}
    print_result(values, f"{count} Statements with pseudonyms written to {path}.", as_json=as_json)


@main.command("erasures", examples=["acme", "acme --json"])
@store_argument
@json_option
def erasures(store: str, as_json: bool) -> None:
    """List the erasures of a store, with their receipts."""
    with open_database() as database:
        found = ErasuresRepository(database, store_named(database, store).id).list_all()
    if as_json:
        print_json([erasure_values(one) for one in found])
        return
    rows = [
        (one.id, _moment(one.started), _moment(one.finished), str(sum(one.counts.values()))) for one in found
    ]
    print_table(("erasure", "started", "finished", "documents"), rows)


@main.command(
    "retain",
    examples=["acme --older-than 730d --dry-run", "acme --verb https://w3id.org/xapi/video/verbs/paused"],
)
@store_argument
@click.option("--older-than", type=SPAN, help="Statements stored longer ago, such as 730d.")
@click.option("--verb", metavar="IRI", help="Statements with this verb.")
@click.option("--registration", metavar="UUID", help="Statements of this registration.")
@click.option("--credential", metavar="KEY", help="Statements stored with this credential.")
@click.option("--dry-run", is_flag=True, help="Count what would be removed, and remove nothing.")
@json_option
def retain(
    store: str, older_than: float | None, dry_run: bool, as_json: bool, **criteria: str | None
) -> None:
    """Remove Statements by age, verb, registration or credential, and what was made of them.

    Of several criteria all must be met. Meant to be run each night, too. What is removed for its age alone is stored
    again if it is sent again; other Statements are refused then.
    """
    before = None if older_than is None else time.time_ns() // 1000 - int(older_than * 1_000_000)
    selection = Selection(**criteria, stored_before=before)
    with open_database() as database:
        found = store_named(database, store)
        if dry_run:
            count = count_selected(database, found.id, selection)
        else:
            with Progress() as progress:
                count = remove_selected(database, found.id, selection, HOLDINGS, progress.step)
    sentence = f"{count} Statements {'would be' if dry_run else 'were'} removed."
    print_result({"statements": count, "removed": not dry_run}, sentence, as_json=as_json)


@main.command(
    "retention",
    examples=[
        "acme",
        "acme --keep 730d",
        "acme --keep 30d --verb https://w3id.org/xapi/video/verbs/paused",
        "acme --drop",
    ],
)
@store_argument
@click.option("--keep", type=SPAN, help="For how long Statements are kept, such as 730d; whole days.")
@click.option("--drop", is_flag=True, help="Remove the rule instead: they are kept for good.")
@click.option("--verb", default="", metavar="IRI", help="Only Statements with this verb.")
@click.option("--credential", default="", metavar="KEY", help="Only Statements stored with this credential.")
@click.option("--dry-run", is_flag=True, help="Count what would go, and change nothing.")
@json_option
def retention(store: str, keep: float | None, drop: bool, dry_run: bool, as_json: bool, **about: str) -> None:
    """Show or set for how long a store keeps which Statements, and count those that go now.

    The service carries the rules out by itself, each day and after a change; nothing else need run.
    """
    if drop and keep is not None:
        raise click.UsageError("Give --keep or --drop, not both.")
    with open_database() as database:
        found = store_named(database, store)
        rules = list(found.retention)
        if drop or keep is not None:
            rules = [rule for rule in rules if rule.about != (about["verb"], about["credential"])]
            rules += [] if keep is None else [RetentionRule(int(keep // SECONDS["d"]), **about)]
        now = time.time_ns() // 1000
        counts = [count_selected(database, found.id, selection_of(rule, now)) for rule in rules]
        if not dry_run and rules != list(found.retention):
            set_retention(database, found, rules)
    told = list(zip(rules, counts, strict=True))
    if as_json:
        print_json([{**asdict(rule), "statements": count} for rule, count in told])
        return
    header = ("kept for days", "verb", "credential", "Statements that go now")
    print_table(header, [(str(rule.days), rule.verb, rule.credential, str(count)) for rule, count in told])


@main.command("sent-again", examples=["acme refuse"])
@store_argument
@click.argument("policy", type=click.Choice(SENT_AGAIN))
@json_option
def sent_again(store: str, policy: SentAgain, as_json: bool) -> None:
    """Set what happens to data of erased people that is sent again: refuse (403), pseudonymise, or take it."""
    with open_database() as database:
        found = store_named(database, store)
        set_sent_again(database, found.id, policy)
    print_result(
        {"store": store, "sent_again": policy},
        f"Data of erased people that {store!r} is sent again: {policy}.",
        as_json=as_json,
    )


@main.command("declarations", examples=["", "--json"])
@click.option("--write", is_flag=True, help="Write them into docs/privacy.md of this checkout.")
@json_option
def declarations(write: bool, as_json: bool) -> None:
    """Say what is held of people, in which collection and place, why, and for how long."""
    if write:
        write_file(PAGE, page_text().encode())
        return
    held = [one for one in EVERYTHING if isinstance(one, PersonalData)]
    if as_json:
        collections = [
            {"collection": one.collection, "fields": list(one.fields), "why": one.why, "kept": one.kept}
            for one in held
        ]
        print_json({"collections": collections, "elsewhere": [asdict(one) for one in ELSEWHERE]})
        return
    rows = [(one.collection, one.why, one.kept) for one in held]
    print_table(("held in", "why", "kept"), [*rows, *((one.place, one.why, one.kept) for one in ELSEWHERE)])


@main.command("rewrite-files", examples=[""])
@json_option
def rewrite_files(as_json: bool) -> None:
    """Copy the database into new files, so that nothing that was erased is left in the old ones.

    For the database server that starts with the service, which must not run meanwhile. On a MongoDB of your own, let
    each member copy its data anew (an initial sync).
    """
    settings = service_settings()
    if settings.mongodb_uri:
        raise ConfigurationError(
            "MONGODB_URI names a MongoDB of its own; its files are not here. Let each member do an initial sync, or "
            "restore a dump into a new one."
        )
    with Progress() as progress:
        copied = copy_into_new_files(settings.data_folder, settings.embedded_cache, progress.step)
    sentence = f"{copied} documents were copied into new files; the old ones are removed."
    print_result({"documents": copied}, sentence, as_json=as_json)


def erasure_values(erasure: ErasureRow) -> dict[str, Any]:
    """Return an erasure as JSON shows it; whom it is about stands nowhere."""
    return {
        "erasure": erasure.id,
        "started": format_timestamp(erasure.started),
        "finished": format_timestamp(erasure.finished) if erasure.finished else None,
        "documents": dict(erasure.counts),
        "receipt": erasure.receipt,
    }


def _print_preview(counts: Any, samples: Any, *, as_json: bool) -> None:
    if as_json:
        print_json({"erased": False, "documents": counts, "samples": list(samples)})
        return
    print_table(("collection", "documents"), [(name, str(count)) for name, count in counts.items()])
    click.echo("Nothing was erased (--dry-run)." + "".join(f"\nStatement {one}" for one in samples))


def _print_erasure(erasure: ErasureRow, *, as_json: bool) -> None:
    if as_json:
        print_json(erasure_values(erasure))
        return
    print_table(("collection", "documents"), [(name, str(count)) for name, count in erasure.counts.items()])
    click.echo(f"The erasure {erasure.id} is finished. Elsewhere:")
    for name in (erasure.receipt or {}).get("files_left", ()):
        click.echo(f"  {name} in the data folder names the person: remove it")
    for one in (erasure.receipt or {}).get("elsewhere", ()):
        click.echo(f"  {one['place']}: kept {one['kept']}; {one['erased']}")


def _moment(at: int | None) -> str:
    return format_timestamp(at)[:19] if at else ""


if __name__ == "__main__":
    run(main)
