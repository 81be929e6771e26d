"""Lets a store trust an OpenID Connect provider, or no longer."""

from __future__ import annotations

from dataclasses import asdict

from lrs.auth.openid.fetching import ProviderError
from lrs.auth.openid.key_sets import fetch_keys
from lrs.auth.providers import Provider
from lrs.auth.scopes import require_known_scopes
from lrs.auth.stores import Store, set_provider, stores_with_provider
from lrs.errors import RequestRefusedError
from lrs.storage.database import Database


def connect_provider(database: Database, store: Store, provider: Provider) -> Store:
    """Let a store take the tokens of a provider, for all processes; a provider that it had is replaced."""
    if provider.scopes:
        require_known_scopes([scope for _, scope in provider.scopes])
    pair = (provider.issuer, provider.audience)
    for other in stores_with_provider(database):
        if other.openid and other.id != store.id and (other.openid.issuer, other.openid.audience) == pair:
            raise RequestRefusedError(
                f"The store {other.name!r} takes the tokens of {provider.issuer} for {provider.audience!r} already; "
                "choose another audience, by which a token says which store it is for."
            )
    return set_provider(database, store, asdict(provider))


def disconnect_provider(database: Database, store: Store) -> Store:
    """Let a store take no tokens of a provider any more, for all processes."""
    return set_provider(database, store, None)


def find_fault(provider: Provider) -> str | None:
    """Return why the keys of a provider cannot be read from this machine now, or None."""
    try:
        fetch_keys(provider.issuer)
    except ProviderError as error:
        return str(error)
    return None
