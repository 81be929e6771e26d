"""Registers LTI platforms with a store, and takes them away."""

from __future__ import annotations

from lrs.auth.lti.launching import fetch_platform_keys
from lrs.auth.openid.fetching import ProviderError
from lrs.auth.platforms import Platform
from lrs.auth.stores import Store, set_platforms, store_by_id, stores_with_platforms
from lrs.errors import NotFoundError, RequestRefusedError
from lrs.storage.database import Database

MOST_PLATFORMS = 50


def connect_platform(database: Database, store: Store, platform: Platform) -> Store:
    """Let a store take the launches of a platform, for all processes; one of the same issuer and client is replaced."""
    pair = (platform.issuer, platform.client_id)
    for other in stores_with_platforms(database):
        if other.id != store.id and other.platform(*pair):
            raise RequestRefusedError(
                f"The store {other.name!r} takes launches of {platform.issuer} for the client {platform.client_id!r} "
                "already; register another client at the platform, by which a launch says which store it is for."
            )
    kept = _without(store_by_id(database, store.id), *pair)
    if len(kept) >= MOST_PLATFORMS:
        raise RequestRefusedError(f"A store has up to {MOST_PLATFORMS} platforms; take one away first.")
    return set_platforms(database, store, [*kept, platform])


def disconnect_platform(database: Database, store: Store, issuer: str, client_id: str) -> Store:
    """Let a store take no launches of a platform any more, for all processes; its sessions end. Raise NotFoundError."""
    store = store_by_id(database, store.id)
    if store.platform(issuer, client_id) is None:
        raise NotFoundError(
            f"The store {store.name!r} has no platform {issuer!r} with the client {client_id!r}; show those it has."
        )
    return set_platforms(database, store, _without(store, issuer, client_id))


def find_key_fault(platform: Platform) -> str | None:
    """Return why the keys of a platform cannot be read from this machine now, or None."""
    try:
        fetch_platform_keys(platform.keys_address)
    except ProviderError as error:
        return str(error)
    return None


def _without(store: Store, issuer: str, client_id: str) -> list[Platform]:
    return [one for one in store.platforms if (one.issuer, one.client_id) != (issuer, client_id)]
