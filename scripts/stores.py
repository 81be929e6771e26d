"""Create and list stores (tenants), and set who may be suggested as a peer."""

from __future__ import annotations

from typing import Any

import click

from lrs.auth.stores import (
    PEER_SUGGESTIONS,
    PeerSuggestions,
    Store,
    create_store,
    list_stores,
    set_peer_suggestions,
    set_versions,
    store_named,
)
from schemas.timestamps import format_timestamp
from schemas.versions import VERSIONS
from scripts.command import Group, run
from scripts.options import json_option, store_argument
from scripts.output import print_json, print_result, print_table
from scripts.session import open_database

HEADER = ("store", "default version", "about", "peers")


@click.group(cls=Group)
def main() -> None:
    """Create and list stores (tenants), and set who may be suggested as a peer."""


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


@main.command("create", examples=["acme", "acme --peers opt_out --default-version 2.0.0"])
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
    type=click.Choice(PEER_SUGGESTIONS),
    default="opt_in",
    show_default=True,
    help="Suggest as peers only learners that agreed, all that have not declined, or nobody.",
)
@json_option
def create(store: str, default_version: str, peers: PeerSuggestions, as_json: bool) -> None:
    """Create a store."""
    with open_database() as database:
        created = create_store(database, store, default_version=default_version, peer_suggestions=peers)
    print_result(store_values(created), f"Created the store {store!r}.", as_json=as_json)


@main.command("peers", examples=["acme opt_out"])
@store_argument
@click.argument("policy", type=click.Choice(PEER_SUGGESTIONS))
@json_option
def change_peers(store: str, policy: PeerSuggestions, as_json: bool) -> None:
    """Set who may be suggested as a peer."""
    with open_database() as database:
        changed = set_peer_suggestions(database, store_named(database, store), policy)
    sentence = f"Peer suggestions of {changed.name!r}: {changed.peer_suggestions}."
    print_result(store_values(changed), sentence, as_json=as_json)


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


def store_values(store: Store) -> dict[str, Any]:
    """Return a store as JSON shows it."""
    return {
        "store": store.name,
        "created": format_timestamp(store.created),
        "default_version": store.default_version,
        "versions": list(store.versions),
        "peers": store.peer_suggestions,
    }


def _row(store: Store) -> tuple[str, ...]:
    return (store.name, store.default_version, ", ".join(store.versions), store.peer_suggestions)


if __name__ == "__main__":
    run(main)
