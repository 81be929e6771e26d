"""Stores (tenants): each credential opens exactly one, and nothing of one is seen from another."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lrs.errors import NotFoundError, RequestRefusedError
from lrs.storage.database import Database, StoreId
from lrs.storage.stores import StoreRow, find_store_row, insert_store_row, list_store_rows, update_store_row
from schemas.versions import VERSIONS

PeerSuggestions = Literal["opt_in", "opt_out", "off"]
HELD_S = 0.5
"""How long a process may use what it read of a store or a credential."""
PEER_SUGGESTIONS: tuple[PeerSuggestions, ...] = ("opt_in", "opt_out", "off")


@dataclass(frozen=True, slots=True)
class Store:
    """One tenant and its settings."""

    id: StoreId
    name: str
    created: int
    default_version: str
    versions: tuple[str, ...]
    peer_suggestions: PeerSuggestions


def create_store(
    database: Database,
    name: str,
    *,
    default_version: str = "1.0.3",
    peer_suggestions: PeerSuggestions = "opt_in",
) -> Store:
    """Create a store; raise DuplicateNameError if the name is taken."""
    _check(name, default_version, peer_suggestions)
    return _store(insert_store_row(database, name, default_version, VERSIONS, peer_suggestions))


def find_store(database: Database, name: str) -> Store | None:
    """Return the store of this name, or None."""
    row = find_store_row(database, name=name)
    return _store(row) if row else None


def store_named(database: Database, name: str) -> Store:
    """Return the store of this name; raise NotFoundError, which names the existing stores."""
    store = find_store(database, name)
    if store is None:
        names = ", ".join(item.name for item in list_stores(database)) or "none yet"
        raise NotFoundError(f"There is no store {name!r}; the stores are: {names}.")
    return store


def store_by_id(database: Database, store_id: StoreId) -> Store:
    """Return the store with this id; raise NotFoundError if it is gone."""
    row = find_store_row(database, id=store_id)
    if row is None:
        raise NotFoundError("The store of this credential does not exist any more; ask for a new credential.")
    return _store(row)


def list_stores(database: Database) -> list[Store]:
    """Return every store, by name."""
    return [_store(row) for row in list_store_rows(database)]


def set_peer_suggestions(database: Database, store: Store, policy: PeerSuggestions) -> Store:
    """Change who may be suggested as a peer in a store; return once every process uses the new setting."""
    _check(store.name, store.default_version, policy)
    update_store_row(database, store.id, peer_suggestions=policy)
    wait_until_read_again()
    return store_by_id(database, store.id)


def set_versions(database: Database, store: Store, versions: Sequence[str]) -> Store:
    """Change the xAPI versions that About names for a store; some old clients fail on versions unknown to them."""
    unknown = [version for version in versions if version not in VERSIONS]
    if unknown or not versions:
        raise RequestRefusedError(f"{unknown or 'nothing'} cannot be named; use {' and '.join(VERSIONS)}.")
    update_store_row(database, store.id, versions=sorted(set(versions)))
    wait_until_read_again()
    return store_by_id(database, store.id)


def wait_until_read_again() -> None:
    """Return once no process uses a store or credential that it read before this call."""
    time.sleep(HELD_S)


def _check(name: str, default_version: str, policy: str) -> None:
    if not name.strip():
        raise RequestRefusedError("A store needs a name that is not blank.")
    if default_version not in VERSIONS:
        raise RequestRefusedError(f"xAPI version {default_version!r} is not served here; use 1.0.3 or 2.0.0.")
    if policy not in PEER_SUGGESTIONS:
        raise RequestRefusedError(f"{policy!r} is not a valid peer setting; use opt_in, opt_out or off.")


def _store(row: StoreRow) -> Store:
    policy: PeerSuggestions = next(item for item in PEER_SUGGESTIONS if item == row.peer_suggestions)
    return Store(row.id, row.name, row.created, row.default_version, row.versions, policy)
