"""Create, list and revoke credentials: the key and secret that a tool sends by HTTP Basic."""

from __future__ import annotations

from typing import Any

import click

from lrs.auth.credentials import SCOPES, create_credential, list_credentials, revoke_credential
from lrs.auth.stores import store_named
from lrs.storage.stores import CredentialRow
from schemas.timestamps import format_timestamp
from scripts.command import Group, run
from scripts.options import json_option, store_argument
from scripts.output import print_json, print_result, print_table
from scripts.session import open_database

HEADER = ("key", "name", "scopes", "created", "revoked")
KNOWN = "Scopes: " + "; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items()) + "."


@click.group(cls=Group, epilog=KNOWN)
def main() -> None:
    """Create, list and revoke credentials: the key and secret that a tool sends by HTTP Basic."""


@main.command("create", epilog=KNOWN, examples=["acme lms", "acme reader --scope statements/read --json"])
@store_argument
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(list(SCOPES)),
    metavar="SCOPE",
    help="Repeat for several; default all.",
)
@json_option
def create(store: str, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Create a credential.

    NAME says what it is for; it appears in the authority of the Statements stored with it.
    """
    with open_database() as database:
        key, secret = create_credential(database, store_named(database, store), name, scopes or ("all",))
    print_result({"key": key, "secret": secret}, told_once(key, secret), as_json=as_json)


def told_once(key: str, secret: str) -> str:
    """Return the lines that show a new credential."""
    return f"key     {key}\nsecret  {secret}\nThe secret is shown this once; only its digest is kept."


@main.command("list", examples=["acme"])
@store_argument
@json_option
def show_credentials(store: str, as_json: bool) -> None:
    """List the credentials of a store."""
    with open_database() as database:
        found = list_credentials(database, store_named(database, store))
    if as_json:
        print_json([_values(row) for row in found])
    else:
        print_table(HEADER, [_row(row) for row in found])


@main.command("revoke", examples=["acme 6e3a0f7c2b"])
@store_argument
@click.argument("key")
@json_option
def revoke(store: str, key: str, as_json: bool) -> None:
    """Revoke a credential at once."""
    with open_database() as database:
        revoke_credential(database, key, store_named(database, store))
    print_result({"key": key, "revoked": True}, f"Revoked {key}.", as_json=as_json)


def _values(row: CredentialRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "scopes": list(row.scopes),
        "created": format_timestamp(row.created),
        "revoked": format_timestamp(row.revoked) if row.revoked else None,
    }


def _row(row: CredentialRow) -> tuple[str, ...]:
    revoked = format_timestamp(row.revoked)[:19] if row.revoked else ""
    return (row.key, row.name, " ".join(row.scopes), format_timestamp(row.created)[:19], revoked)


if __name__ == "__main__":
    run(main)
