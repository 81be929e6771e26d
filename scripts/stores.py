"""Create and list stores (tenants), and set who may be suggested as a peer."""

from __future__ import annotations

import argparse

from lrs.auth.stores import (
    PEER_SUGGESTIONS,
    create_store,
    list_stores,
    set_peer_suggestions,
    set_versions,
    store_named,
)
from schemas.versions import VERSIONS
from scripts.session import open_database, print_table, run


def main() -> int:
    """Parse the arguments and do what they say."""
    arguments = _parser().parse_args()
    with open_database() as (database, _):
        if arguments.action == "create":
            create_store(
                database,
                arguments.name,
                default_version=arguments.default_version,
                peer_suggestions=arguments.peers,
            )
            print(f"Created the store {arguments.name!r}.")
        elif arguments.action == "peers":
            store = set_peer_suggestions(database, store_named(database, arguments.name), arguments.policy)
            print(f"Peer suggestions of {store.name!r}: {store.peer_suggestions}.")
        elif arguments.action == "versions":
            store = set_versions(database, store_named(database, arguments.name), arguments.versions)
            print(f"About names for {store.name!r}: {', '.join(store.versions)}.")
        else:
            rows = [
                (item.name, item.default_version, ", ".join(item.versions), item.peer_suggestions)
                for item in list_stores(database)
            ]
            print_table(("store", "default version", "about", "peers"), rows)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="list the stores")
    create = actions.add_parser("create", help="create a store")
    create.add_argument("name")
    create.add_argument(
        "--default-version",
        choices=VERSIONS,
        default="1.0.3",
        help="xAPI version named in answers to requests that name none",
    )
    create.add_argument(
        "--peers",
        choices=PEER_SUGGESTIONS,
        default="opt_in",
        help="who may be suggested: those who agreed, all but those who declined, nobody",
    )
    peers = actions.add_parser("peers", help="set who may be suggested as a peer")
    peers.add_argument("name")
    peers.add_argument("policy", choices=PEER_SUGGESTIONS)
    versions = actions.add_parser("versions", help="set which xAPI versions About names")
    versions.add_argument("name")
    versions.add_argument("versions", nargs="+", choices=VERSIONS)
    return parser


if __name__ == "__main__":
    run(main)
