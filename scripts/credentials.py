"""Create, list, rotate, change and revoke credentials: the key and secret that a tool sends by HTTP Basic."""

from __future__ import annotations

from typing import Any

import click

from lrs.auth.credentials import (
    create_credential,
    list_credentials,
    rename_credential,
    revoke_credential,
    rotate_credential,
    set_scopes,
)
from lrs.auth.scopes import SCOPES
from lrs.auth.stores import store_named
from lrs.storage.stores import CredentialRow
from schemas.timestamps import format_timestamp
from scripts.command import Group, run
from scripts.options import MOMENT, SPAN, json_option, scope_option, store_argument
from scripts.output import print_json, print_result, print_table
from scripts.session import open_database, service_settings

HEADER = ("key", "name", "scopes", "created", "expires", "last used", "secrets", "revoked")
KNOWN = "Scopes: " + "; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items()) + "."
OVERLAP = "7d"
DIGITS = 8
"""So much of a digest tells two secrets apart."""

key_argument = click.argument("key")
expires_option = click.option(
    "--expires",
    type=MOMENT,
    metavar="TIME",
    help="When it ends: a day such as 2027-01-31, a timestamp, or a span from now such as 90d.",
)


@click.group(cls=Group, epilog=KNOWN)
def main() -> None:
    """Create, list, rotate, change and revoke credentials: the key and secret that a tool sends by HTTP Basic."""


@main.command(
    "create",
    epilog=KNOWN,
    examples=["acme lms", "acme reader --scope statements/read --expires 90d --json"],
)
@store_argument
@click.argument("name")
@scope_option("Repeat for several; default all.")
@expires_option
@json_option
def create(store: str, name: str, scopes: tuple[str, ...], expires: int | None, as_json: bool) -> None:
    """Create a credential.

    NAME says what it is for; it appears in the authority of the Statements stored with it.
    """
    with open_database() as database:
        pair = create_credential(database, store_named(database, store), name, scopes or ("all",), expires)
    print_result(values_once(*pair), told_once(*pair), as_json=as_json)


def values_once(key: str, secret: str) -> dict[str, Any]:
    """Return what is told of a new credential, or of a new secret."""
    return {"key": key, "secret": secret, "endpoint": service_settings().endpoint}


def told_once(key: str, secret: str) -> str:
    """Return the lines that show a new credential, or a new secret."""
    lines = [f"{name:<8}  {value}" for name, value in values_once(key, secret).items()]
    return "\n".join([*lines, "The secret is shown this once; only its digest is kept."])


@main.command("list", examples=["acme"])
@store_argument
@json_option
def show_credentials(store: str, as_json: bool) -> None:
    """List the credentials of a store with the day (UTC) on which each was used last."""
    with open_database() as database:
        found = list_credentials(database, store_named(database, store))
    if as_json:
        print_json([_values(row) for row in found])
    else:
        print_table(HEADER, [_row(row) for row in found])


@main.command(
    "rotate", examples=["acme 6e3a0f7c2b", "acme 6e3a0f7c2b --overlap 30d", "acme 6e3a0f7c2b --at-once"]
)
@store_argument
@key_argument
@click.option(
    "--overlap",
    type=SPAN,
    default=OVERLAP,
    show_default=True,
    help="For how long the former secret is let in beside the new one.",
)
@click.option("--at-once", is_flag=True, help="Let the former secret in no more.")
@expires_option
@json_option
def rotate(store: str, key: str, overlap: float, at_once: bool, expires: int | None, as_json: bool) -> None:
    """Give a credential a new secret; key, name, scopes and the authority of its Statements stay."""
    with open_database() as database:
        secret = rotate_credential(
            database, key, store_named(database, store), 0 if at_once else overlap, expires
        )
    print_result(values_once(key, secret), told_once(key, secret), as_json=as_json)


@main.command("scopes", epilog=KNOWN, examples=["acme 6e3a0f7c2b statements/write state"])
@store_argument
@key_argument
@click.argument("scopes", nargs=-1, required=True, type=click.Choice(list(SCOPES)), metavar="SCOPE...")
@json_option
def change_scopes(store: str, key: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Give a credential these scopes and no others, at once."""
    with open_database() as database:
        set_scopes(database, key, store_named(database, store), scopes)
    print_result(
        {"key": key, "scopes": list(scopes)}, f"{key} has the scopes {', '.join(scopes)}.", as_json=as_json
    )


@main.command("rename", examples=["acme 6e3a0f7c2b 'LMS of the academy'"])
@store_argument
@key_argument
@click.argument("name")
@json_option
def rename(store: str, key: str, name: str, as_json: bool) -> None:
    """Give a credential another name; Statements that are stored already keep the old one."""
    with open_database() as database:
        rename_credential(database, key, store_named(database, store), name)
    print_result({"key": key, "name": name}, f"{key} is called {name!r}.", as_json=as_json)


@main.command("revoke", examples=["acme 6e3a0f7c2b"])
@store_argument
@key_argument
@json_option
def revoke(store: str, key: str, as_json: bool) -> None:
    """Revoke a credential at once, and with it every token that it minted."""
    with open_database() as database:
        revoke_credential(database, key, store_named(database, store))
    print_result({"key": key, "revoked": True}, f"Revoked {key}.", as_json=as_json)


def _values(row: CredentialRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "scopes": list(row.scopes),
        "created": format_timestamp(row.created),
        "expires": _time(row.expires),
        "last_used": row.last_used,
        "secrets": [{"sha256": digest, "until": _time(until)} for digest, until in _secrets(row)],
        "revoked": _time(row.revoked),
    }


def _secrets(row: CredentialRow) -> list[tuple[str, int | None]]:
    """Return the beginnings of the digests of both secrets, the newer one first, and until when each is let in."""
    found: list[tuple[str, int | None]] = [(row.secret_digest.hex()[:DIGITS], row.expires)]
    if row.former_digest:
        found.append((row.former_digest.hex()[:DIGITS], row.former_until))
    return found


def _time(us: int | None) -> str | None:
    return None if us is None else format_timestamp(us)


def _row(row: CredentialRow) -> tuple[str, ...]:
    secrets = (f"{digest} until {_short(until)}" if until else digest for digest, until in _secrets(row))
    return (
        row.key,
        row.name,
        " ".join(row.scopes),
        _short(row.created),
        _short(row.expires),
        row.last_used or "never",
        ", ".join(secrets),
        _short(row.revoked),
    )


def _short(us: int | None) -> str:
    return (_time(us) or "")[:19]


if __name__ == "__main__":
    run(main)
