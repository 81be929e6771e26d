"""Create, list and revoke credentials: the key and secret that a tool sends by HTTP Basic."""

from __future__ import annotations

import argparse

from lrs.auth.credentials import SCOPES, create_credential, list_credentials, revoke_credential
from lrs.auth.stores import store_named
from lrs.storage.database import Database
from schemas.timestamps import format_timestamp
from scripts.session import open_database, print_table, run


def main() -> int:
    """Parse the arguments and do what they say."""
    arguments = _parser().parse_args()
    with open_database() as (database, _):
        if arguments.action == "create":
            _create(database, arguments)
        elif arguments.action == "revoke":
            revoke_credential(database, arguments.key)
            print(f"Revoked {arguments.key}.")
        else:
            _list(database, arguments.store)
    return 0


def _create(database: Database, arguments: argparse.Namespace) -> None:
    store = store_named(database, arguments.store)
    key, secret = create_credential(database, store, arguments.name, arguments.scope or ["all"])
    print(f"key     {key}\nsecret  {secret}")
    print("The secret is shown this once; only its digest is kept.")


def _list(database: Database, store: str) -> None:
    rows = [
        (
            row.key,
            row.name,
            " ".join(row.scopes),
            format_timestamp(row.created)[:19],
            format_timestamp(row.revoked)[:19] if row.revoked else "",
        )
        for row in list_credentials(database, store_named(database, store))
    ]
    print_table(("key", "name", "scopes", "created", "revoked"), rows)


def _parser() -> argparse.ArgumentParser:
    known = "; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items())
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"Scopes: {known}.")
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="create a credential", epilog=f"Scopes: {known}.")
    create.add_argument("store")
    create.add_argument("name", help="what it is for; stands in the authority of its Statements")
    create.add_argument("--scope", action="append", choices=SCOPES, help="repeat for several; default all")
    shown = actions.add_parser("list", help="list the credentials of a store")
    shown.add_argument("store")
    revoke = actions.add_parser("revoke", help="revoke a credential at once")
    revoke.add_argument("key")
    return parser


if __name__ == "__main__":
    run(main)
