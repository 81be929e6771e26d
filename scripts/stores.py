"""Create, list, change, close and remove stores (tenants)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from lrs.auth.credentials import create_credential
from lrs.auth.stores import (
    Store,
    close_store,
    count_store,
    create_store,
    list_stores,
    open_store,
    rename_store,
    set_consent,
    set_floor,
    set_quota,
    set_takes_forms,
    set_takes_mail_sign_ins,
    set_versions,
    store_named,
)
from lrs.storage.database import Database
from schemas.consents import CONSENTS, KINDS, POLICIES, Kind, Policy
from schemas.floors import FLOOR, HIGHEST_FLOOR
from schemas.timestamps import format_timestamp
from schemas.versions import VERSIONS
from scripts.command import Group, run
from scripts.credentials import told_once, values_once
from scripts.options import json_option, store_argument
from scripts.output import Progress, print_json, print_result, print_table
from scripts.platforms import lti
from scripts.providers import openid
from scripts.session import open_database, store_pseudonyms

HEADER = ("store", "default version", "about", "peers", "forms", "closed")


@click.group(cls=Group)
def main() -> None:
    """Create, list, change, close and remove stores (tenants)."""


@main.command("list", examples=["", "--json"])
@json_option
def show_stores(as_json: bool) -> None:
    """List the stores."""
    with open_database() as database:
        stores = list_stores(database)
    if as_json:
        print_json([store_values(store) for store in stores])
    else:
        print_table(HEADER, [_row(store) for store in stores])


@main.command(
    "create",
    examples=[
        "acme",
        "acme --credential lms",
        "acme --pseudonymous",
        "acme --peers opt_out --default-version 2.0.0",
    ],
)
@store_argument
@click.option(
    "--default-version",
    type=click.Choice(VERSIONS),
    default="1.0.3",
    show_default=True,
    help="The xAPI version named in responses to requests that name none.",
)
@click.option(
    "--peers",
    type=click.Choice(POLICIES),
    default=CONSENTS["peer"].policy,
    show_default=True,
    help="Suggest as peers only learners that agreed, all that have not declined, or nobody.",
)
@click.option(
    "--pseudonymous",
    is_flag=True,
    help="Keep no identifier or name of a person, only pseudonyms made with a key (LEARNERPRISE_PSEUDONYM_KEYS).",
)
@click.option("--credential", metavar="NAME", help="Also create a credential of this name, for everything.")
@json_option
def create(
    store: str, default_version: str, peers: Policy, pseudonymous: bool, credential: str | None, as_json: bool
) -> None:
    """Create a store."""
    make = store_pseudonyms().create_store if pseudonymous else create_store
    with open_database() as database:
        created = make(database, store, default_version=default_version, consents={"peer": peers})
        pair = create_credential(database, created, credential) if credential else None
    values, sentence = store_values(created), f"Created the store {store!r}."
    if pair:
        values |= values_once(*pair)
        sentence += "\n" + told_once(*pair)
    print_result(values, sentence, as_json=as_json)


@main.command("consent", examples=["acme peer opt_out", "acme managers off"])
@store_argument
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("policy", type=click.Choice(POLICIES))
@json_option
def change_consent(store: str, kind: Kind, policy: Policy, as_json: bool) -> None:
    """Set what counts of learners without a choice of their own.

    opt_in: only those who agreed; opt_out: all who have not refused; off: nobody, whatever they chose.
    """
    change = partial(set_consent, kind=kind, policy=policy)
    _change(store, change, f"Consent {kind!r} of {store!r}: {policy}.", as_json=as_json)


@main.command("floor", examples=["acme 10"])
@store_argument
@click.argument("floor", type=click.IntRange(FLOOR, HIGHEST_FLOOR), metavar="PEOPLE")
@json_option
def change_floor(store: str, floor: int, as_json: bool) -> None:
    """Set of how many people figures must tell at least."""
    change = partial(set_floor, floor=floor)
    _change(store, change, f"Figures of {store!r} tell of at least {floor} people.", as_json=as_json)


@main.command("versions", examples=["acme 1.0.3", "acme 1.0.3 2.0.0"])
@store_argument
@click.argument("versions", nargs=-1, required=True, type=click.Choice(VERSIONS))
@json_option
def change_versions(store: str, versions: tuple[str, ...], as_json: bool) -> None:
    """Set which xAPI versions the About resource names."""
    with open_database() as database:
        changed = set_versions(database, store_named(database, store), versions)
    sentence = f"About names for {changed.name!r}: {', '.join(changed.versions)}."
    print_result(store_values(changed), sentence, as_json=as_json)


@main.command("forms", examples=["acme off"])
@store_argument
@click.argument("choice", type=click.Choice(("on", "off")))
@json_option
def change_forms(store: str, choice: str, as_json: bool) -> None:
    """Set whether the alternate request syntax (a POST with a form) is answered, or refused with 403."""
    change = partial(set_takes_forms, takes=choice == "on")
    _change(store, change, f"Forms in place of requests to {store!r}: {choice}.", as_json=as_json)


@main.command("mail-sign-in", examples=["acme on"])
@store_argument
@click.argument("choice", type=click.Choice(("on", "off")))
@json_option
def change_mail_sign_in(store: str, choice: str, as_json: bool) -> None:
    """Set whether learners known by mail address may have a link sent that signs them in to the pages.

    The mails are sent by the server that LEARNERPRISE_SMTP_URL names.
    """
    change = partial(set_takes_mail_sign_ins, takes=choice == "on")
    _change(store, change, f"Signing in to {store!r} by mail: {choice}.", as_json=as_json)


@main.command("quota", examples=["acme 10000", "acme 0"])
@store_argument
@click.argument("quota_mb", type=click.IntRange(0), metavar="MIB")
@json_option
def change_quota(store: str, quota_mb: int, as_json: bool) -> None:
    """Set how many MiB a store may hold; 0 is any number. Beyond it writes are answered 507."""
    sentence = f"Quota of {store!r}: {f'{quota_mb:,} MiB' if quota_mb else 'none'}."
    _change(store, partial(set_quota, quota_mb=quota_mb), sentence, as_json=as_json)


@main.command("rename", examples=["acme 'ACME Energy'"])
@store_argument
@click.argument("name")
@json_option
def rename(store: str, name: str, as_json: bool) -> None:
    """Give a store another name; credentials and Statements stay as they are."""
    _change(store, partial(rename_store, name=name), f"The store {store!r} is {name!r} now.", as_json=as_json)


@main.command("close", examples=["acme"])
@store_argument
@json_option
def close(store: str, as_json: bool) -> None:
    """Let no credential of a store in; nothing is removed."""
    _change(store, close_store, f"The store {store!r} is closed.", as_json=as_json)


@main.command("open", examples=["acme"])
@store_argument
@json_option
def reopen(store: str, as_json: bool) -> None:
    """Let the credentials of a closed store in again."""
    _change(store, open_store, f"The store {store!r} is open.", as_json=as_json)


@main.command("remove", examples=["acme --dry-run", "acme"])
@store_argument
@click.option("--dry-run", is_flag=True, help="Count what would be removed, and remove nothing.")
@json_option
def remove(store: str, dry_run: bool, as_json: bool) -> None:
    """Remove a closed store with everything in it, for good.

    Started again after an interruption, it goes on where it was.
    """
    with open_database() as database:
        found = store_named(database, store)
        counts = count_store(database, found)
        if not dry_run:
            with Progress(sum(counts.values())) as progress:
                store_pseudonyms().remove_store(database, found, progress.count)
    if as_json:
        print_json({"store": found.name, "removed": not dry_run, "documents": counts})
        return
    print_table(("collection", "documents"), [(name, str(count)) for name, count in counts.items()])
    total = sum(counts.values())
    sentence = "Nothing was removed (--dry-run)" if dry_run else f"The store {found.name!r} was removed"
    click.echo(f"{sentence}; {total} documents.")


main.add_command(openid, "openid")
main.add_command(lti, "lti")


def _change(store: str, change: Callable[[Database, Store], Store], sentence: str, *, as_json: bool) -> None:
    """Change a store, and print it as it is then."""
    with open_database() as database:
        changed = change(database, store_named(database, store))
    print_result(store_values(changed), sentence, as_json=as_json)


def store_values(store: Store) -> dict[str, Any]:
    """Return a store as JSON shows it."""
    return {
        "store": store.name,
        "created": format_timestamp(store.created),
        "default_version": store.default_version,
        "versions": list(store.versions),
        "consents": {kind: store.policy(kind) for kind in KINDS},
        "forms": store.takes_forms,
        "quota_mb": store.quota_mb,
        "floor": store.floor,
        "pseudonymous": bool(store.key_check),
        "closed": format_timestamp(store.closed) if store.closed else None,
    }


def _row(store: Store) -> tuple[str, ...]:
    closed = format_timestamp(store.closed)[:19] if store.closed else ""
    forms = "on" if store.takes_forms else "off"
    return (
        store.name,
        store.default_version,
        ", ".join(store.versions),
        store.policy("peer"),
        forms,
        closed,
    )


if __name__ == "__main__":
    run(main)
