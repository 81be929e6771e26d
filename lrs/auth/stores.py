"""Stores (tenants): each credential opens exactly one, and nothing of one is seen from another."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from lrs.auth.names import require_name
from lrs.auth.platforms import Platform, platforms_of
from lrs.auth.providers import Provider, provider_of
from lrs.auth.roles import Entrance, entrances_of
from lrs.errors import ForbiddenError, NotFoundError, RequestRefusedError
from lrs.storage.database import Database, StoreId
from lrs.storage.removal import count_documents, remove_documents
from lrs.storage.stored_time import now_us
from lrs.storage.stores import (
    StoreRow,
    find_store_row,
    insert_store_row,
    list_store_rows,
    list_store_rows_with,
    update_store_row,
)
from schemas.consents import CONSENTS, KINDS, POLICIES, Kind, Policy, permits
from schemas.floors import FLOOR, HIGHEST_FLOOR
from schemas.people import MOST_RULES, MailRule
from schemas.retention import MOST_DAYS, RetentionRule
from schemas.retention import MOST_RULES as MOST_RETENTION_RULES
from schemas.versions import VERSIONS

HELD_S = 0.5
DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
"""How long a process may use what it read of a store or a credential."""
NO_CONSENTS: Mapping[Kind, Policy] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Store:
    """One tenant and its settings."""

    id: StoreId
    name: str
    created: int
    default_version: str
    versions: tuple[str, ...]
    consents: Mapping[Kind, Policy]
    """The policies that the store sets itself; for the other kinds the defaults count."""
    takes_forms: bool
    """Whether it takes the alternate request syntax (xAPI 1.0.3 Communication 1.3)."""
    quota_mb: int = 0
    mail_rules: tuple[MailRule, ...] = ()
    """Which accounts are named by the mail addresses of which domain: they are the same person."""
    closed: int | None = None
    """Since when (us) no credential of the store is let in; None while it is open."""
    openid: Provider | None = None
    """The OpenID Connect provider whose tokens the store takes."""
    key_check: str = ""
    """By which a pseudonymous store knows its key (`lrs.auth.pseudonyms`); empty for one that keeps identifiers."""
    takes_mail_sign_ins: bool = False
    """Whether learners may have a link sent that signs them in."""
    entrances: tuple[Entrance, ...] = ()
    """Whom a visitor of the demo may sign in as; empty for every store that the demo did not make."""
    retention: tuple[RetentionRule, ...] = ()
    """For how long the store keeps which Statements; those without a rule for good."""
    floor: int = FLOOR
    """The fewest people that a figure may tell of."""
    platforms: tuple[Platform, ...] = ()
    """The LTI platforms whose launches sign people in."""

    def platform(self, issuer: str | None, client_id: str | None) -> Platform | None:
        """Return the LTI platform of this issuer and client id, or None."""
        return next(
            (one for one in self.platforms if (one.issuer, one.client_id) == (issuer, client_id)), None
        )

    def policy(self, kind: Kind) -> Policy:
        """Return what the store does about a kind of consent."""
        return self.consents.get(kind, CONSENTS[kind].policy)

    def permits(self, kind: Kind, choice: bool | None) -> bool:
        """Return whether a kind of consent is there, by the store's policy and a learner's own choice."""
        return permits(self.policy(kind), choice)


def create_store(
    database: Database,
    name: str,
    *,
    default_version: str = "1.0.3",
    consents: Mapping[Kind, Policy] = NO_CONSENTS,
    key_check: str = "",
) -> Store:
    """Create a store; raise DuplicateNameError if the name is taken. `StorePseudonyms` creates pseudonymous ones."""
    _check(name, default_version, consents)
    return _store(insert_store_row(database, name, default_version, VERSIONS, consents, key_check))


def find_store(database: Database, name: str) -> Store | None:
    """Return the store of this name, or None."""
    row = find_store_row(database, name=name) if name.isprintable() else None
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


def open_stores(database: Database) -> list[Store]:
    """Return every store that is not closed, by name."""
    return [store for store in list_stores(database) if store.closed is None]


def stores_with_provider(database: Database) -> list[Store]:
    """Return every store that takes the tokens of an OpenID Connect provider, by name."""
    return [_store(row) for row in list_store_rows_with(database, openid__exists=True)]


def stores_with_entrances(database: Database) -> list[Store]:
    """Return every open store that the demo made, by name."""
    return [_store(row) for row in list_store_rows_with(database, entrances__0__exists=True, closed_us=None)]


def stores_with_mail_sign_ins(database: Database) -> list[Store]:
    """Return every open store that people may sign in to by a link in a mail, by name."""
    return [_store(row) for row in list_store_rows_with(database, takes_mail_sign_ins=True, closed_us=None)]


def stores_with_platforms(database: Database) -> list[Store]:
    """Return every store that takes launches of LTI platforms, by name."""
    return [_store(row) for row in list_store_rows_with(database, platforms__0__exists=True)]


def require_open(store: Store) -> None:
    """Raise ForbiddenError for a closed store."""
    if store.closed is not None:
        raise ForbiddenError("The store of this credential is closed; ask for it to be opened again.")


def set_provider(database: Database, store: Store, provider: Mapping[str, Any] | None) -> Store:
    """Change the OpenID Connect provider of a store, for all processes (see `lrs.auth.openid.connecting`)."""
    return _changed(database, store, **({"openid": dict(provider)} if provider else {"unset__openid": True}))


def set_platforms(database: Database, store: Store, platforms: Sequence[Platform]) -> Store:
    """Change the LTI platforms of a store, for all processes (see `lrs.auth.lti.connecting`)."""
    return _changed(database, store, platforms=[asdict(one) for one in platforms])


def set_consent(database: Database, store: Store, kind: Kind, policy: Policy) -> Store:
    """Change what a store does about a kind of consent; return once every process uses the new policy."""
    _check(store.name, store.default_version, {kind: policy})
    return _changed(database, store, **{f"set__consents__{kind}": policy})


def set_versions(database: Database, store: Store, versions: Sequence[str]) -> Store:
    """Change the xAPI versions that About names for a store; some old clients fail on versions unknown to them."""
    unknown = [version for version in versions if version not in VERSIONS]
    if unknown or not versions:
        raise RequestRefusedError(f"{unknown or 'nothing'} cannot be named; use {' and '.join(VERSIONS)}.")
    return _changed(database, store, versions=sorted(set(versions)))


def set_takes_forms(database: Database, store: Store, *, takes: bool) -> Store:
    """Change whether a store takes the alternate request syntax, for all processes."""
    return _changed(database, store, takes_forms=takes)


def set_takes_mail_sign_ins(database: Database, store: Store, *, takes: bool) -> Store:
    """Change whether learners may have a link sent that signs them in, for all processes."""
    return _changed(database, store, takes_mail_sign_ins=takes)


def set_entrances(database: Database, store: Store, entrances: Sequence[Entrance]) -> Store:
    """Set whom a visitor may sign in as without a password: for the demo's own store alone."""
    return _changed(database, store, entrances=[asdict(one) for one in entrances])


def set_quota(database: Database, store: Store, quota_mb: int) -> Store:
    """Set how many MiB a store may hold (0: any number), for all processes."""
    return _changed(database, store, quota_mb=quota_mb)


def set_floor(database: Database, store: Store, floor: int) -> Store:
    """Set how many people a figure must tell of at least; raise RequestRefusedError."""
    if not FLOOR <= floor <= HIGHEST_FLOOR:
        raise RequestRefusedError(f"A floor of {floor} is refused; use one from {FLOOR} to {HIGHEST_FLOOR}.")
    return _changed(database, store, floor=floor)


def set_mail_rules(database: Database, store: Store, rules: Sequence[MailRule]) -> Store:
    """Set which accounts are named by the mail addresses of which domain; raise RequestRefusedError.

    People seen before are joined by them only when the rules are applied (`lrs.people.linking.apply_rules`).
    """
    if rules and store.key_check:
        raise RequestRefusedError(
            "A pseudonymous store keeps no addresses that a rule could read; join people by a table."
        )
    for rule in rules:
        if not rule.home_page.startswith(("http://", "https://")):
            raise RequestRefusedError(
                f"{rule.home_page!r} is not the home page of accounts; send it as accounts have it."
            )
        if not DOMAIN.fullmatch(rule.domain):
            raise RequestRefusedError(
                f"{rule.domain!r} is not a mail domain; send one such as acme.example, in lower case."
            )
    if len(rules) > MOST_RULES:
        raise RequestRefusedError(f"{len(rules)} rules are too many; a store has {MOST_RULES} at most.")
    return _changed(database, store, mail_rules=[asdict(rule) for rule in rules])


def set_retention(database: Database, store: Store, rules: Sequence[RetentionRule]) -> Store:
    """Set for how long a store keeps which Statements; raise RequestRefusedError. Carried out within a minute."""
    if len(rules) > MOST_RETENTION_RULES:
        raise RequestRefusedError(
            f"{len(rules)} rules are too many; a store has {MOST_RETENTION_RULES} at most."
        )
    wrong = next((rule.days for rule in rules if not 1 <= rule.days <= MOST_DAYS), None)
    if wrong is not None:
        raise RequestRefusedError(
            f"{wrong} days are not 1 to {MOST_DAYS}; name a number of days between them."
        )
    return _changed(database, store, retention=[asdict(rule) for rule in rules], retained_us=0)


def rename_store(database: Database, store: Store, name: str) -> Store:
    """Give a store another name, for all processes; raise DuplicateNameError if it is taken."""
    require_name("store", name)
    return _changed(database, store, name=name)


def close_store(database: Database, store: Store) -> Store:
    """Let no credential of a store in; return once every process refuses them. Nothing is removed."""
    return _changed(database, store, closed_us=now_us())


def open_store(database: Database, store: Store) -> Store:
    """Let the credentials of a store in that was closed."""
    return _changed(database, store, unset__closed_us=True)


def count_store(database: Database, store: Store) -> dict[str, int]:
    """Return how many documents of each collection go if a store is removed."""
    return count_documents(database, store.id)


def remove_store(database: Database, store: Store, progress: Callable[[int, str], None]) -> int:
    """Remove a closed store with everything in it; return how many documents.

    Raise RequestRefusedError if it is open.
    """
    if store.closed is None:
        raise RequestRefusedError(
            f"The store {store.name!r} is open. Close it first (learnerprise stores close), so that no client "
            "uses it while it is removed."
        )
    return remove_documents(database, store.id, progress)


def wait_until_read_again() -> None:
    """Return once no process uses a store or credential that it read before this call."""
    time.sleep(HELD_S)


def _changed(database: Database, store: Store, **values: Any) -> Store:
    """Change values of a store; return it once no process uses the old ones."""
    update_store_row(database, store.id, **values)
    wait_until_read_again()
    return store_by_id(database, store.id)


def _check(name: str, default_version: str, consents: Mapping[Kind, Policy]) -> None:
    require_name("store", name)
    if default_version not in VERSIONS:
        raise RequestRefusedError(f"xAPI version {default_version!r} is not served here; use 1.0.3 or 2.0.0.")
    for kind, policy in consents.items():
        if kind not in KINDS:
            raise RequestRefusedError(
                f"{kind!r} is not a valid kind of consent; the kinds are {', '.join(KINDS)}."
            )
        if policy not in POLICIES:
            raise RequestRefusedError(
                f"{policy!r} is not a valid policy for {kind}; use opt_in, opt_out or off."
            )


def _store(row: StoreRow) -> Store:
    return Store(
        row.id,
        row.name,
        row.created,
        row.default_version,
        row.versions,
        row.consents,
        row.takes_forms,
        row.quota_mb,
        row.mail_rules,
        row.closed,
        provider_of(row.openid),
        row.key_check,
        row.takes_mail_sign_ins,
        entrances_of(row.entrances),
        row.retention,
        row.floor,
        platforms_of(row.platforms),
    )
