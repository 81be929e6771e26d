"""Sessions of people who signed in with a browser: 8 hours at most, 1 hour without use.

The cookie holds the id of the store and a random secret; the database holds a digest of the secret. What a session
allows is what its holder may do now: the credential must be in force, the store open, the provider or LTI platform
still trusted.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import digest

from lrs.auth.credentials import Credential, digest_of_secret
from lrs.auth.held import HeldCredentials
from lrs.auth.stores import Store, require_open, store_by_id
from lrs.errors import ForbiddenError, NotFoundError, UnauthorizedError
from lrs.storage.counters import find_or_create_secret
from lrs.storage.database import Database, StoreId
from lrs.storage.sessions import (
    SessionRow,
    delete_session,
    delete_sessions_of,
    find_session,
    insert_session,
    note_seen,
    session_id,
)
from lrs.storage.stored_time import now_us

SECOND_US = 1_000_000
LONGEST_US = 8 * 3600 * SECOND_US
IDLE_US = 3600 * SECOND_US
NOTED_EVERY_US = 60 * SECOND_US
"""Use is noted once a minute, so that reading pages writes little."""
SECRET_BYTES = 32
STORE_DIGITS = 24
KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who said who somebody is: an OpenID Connect provider or, with a client id, an LTI platform."""

    issuer: str
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in; `csrf` is what a form of the session has to bring along.

    Pages of `origins` may frame what is shown of it: those of the LTI platform that it was launched from.
    """

    id: str
    credential: Credential
    holder: str
    csrf: str
    origins: tuple[str, ...] = ()


class Sessions:
    """Starts, finds and ends sessions."""

    def __init__(
        self, database: Database, held: HeldCredentials, clock_us: Callable[[], int] = now_us
    ) -> None:
        self._database = database
        self._held = held
        self._now = clock_us

    def start(
        self, credential: Credential, *, secret: str | None = None, voucher: Voucher | None = None
    ) -> str:
        """Start a session; return what the cookie holds. Nothing that a browser sent before becomes part of it.

        With the `secret` of a credential it ends once that is let in no more, with a `voucher` once the store does not
        trust that provider or platform any more.
        """
        own, now = secrets.token_hex(SECRET_BYTES), self._now()
        row = SessionRow(
            id=session_id(credential.store.id, _digest(own)),
            holder=credential.learner or credential.key,
            key=credential.key,
            name=credential.name,
            scopes=tuple(sorted(credential.scopes)),
            learner=credential.learner,
            roles=credential.roles,
            issuer=voucher.issuer if voucher else None,
            client=voucher.client if voucher else None,
            secret=None if secret is None else digest_of_secret(secret),
            seen=now,
            expires=now + LONGEST_US,
        )
        insert_session(self._database, credential.store.id, row)
        return f"{credential.store.id}{own}"

    def find(self, token: str) -> Session | None:
        """Return the session of a cookie; None if it is unknown or over, or its holder may not be let in now."""
        found = taken_apart(token)
        if found is None:
            return None
        store, secret = found
        row = find_session(self._database, store, session_id(store, _digest(secret)))
        now = self._now()
        if row is None or now >= row.expires or now - row.seen >= IDLE_US:
            return None
        try:
            credential = self._in_force(store, row)
        except (UnauthorizedError, ForbiddenError, NotFoundError):
            return None
        if now - row.seen >= NOTED_EVERY_US:
            note_seen(self._database, store, row.id, now)
        csrf = digest(secret.encode(), b"form", sha256).hex()
        platform = credential.store.platform(row.issuer, row.client)
        return Session(row.id, credential, row.holder, csrf, platform.framing if platform else ())

    def end(self, session: Session) -> None:
        """End a session."""
        delete_session(self._database, session.credential.store.id, session.id)

    def end_everywhere(self, session: Session) -> int:
        """End every session of the same person or credential; return how many there were."""
        return delete_sessions_of(self._database, session.credential.store.id, session.holder)

    def _in_force(self, store_id: StoreId, row: SessionRow) -> Credential:
        """Return what a session allows now; raise UnauthorizedError, ForbiddenError, NotFoundError."""
        if row.secret is not None:
            credential = self._held.reopen(row.key, row.secret)
            return replace(credential, scopes=frozenset(filter(credential.grants, row.scopes)))
        store = store_by_id(self._database, store_id)
        require_open(store)
        scopes = frozenset(row.scopes)
        if row.issuer is not None:
            scopes &= _granted_by(store, row.issuer, row.client)
        return Credential(row.key, row.name, store, scopes, row.learner, row.roles)


def page_key(database: Database, store: StoreId, learner: str) -> str:
    """Return what stands for a learner as the key of a credential: the same for ever, and says nothing of them."""
    secret = find_or_create_secret(database, "pages")
    text = f"{store}\n{learner}".encode("utf-8", "surrogatepass")
    return f"page-{digest(secret.encode(), text, sha256).hex()[:KEY_DIGITS]}"


def taken_apart(token: str) -> tuple[StoreId, str] | None:
    """Return the store and the secret that a cookie or a link holds, None for what cannot be one."""
    store, secret = token[:STORE_DIGITS], token[STORE_DIGITS:]
    if not StoreId.is_valid(store) or len(secret) != 2 * SECRET_BYTES or not secret.isascii():
        return None
    return StoreId(store), secret


def _granted_by(store: Store, issuer: str, client: str | None) -> frozenset[str]:
    """Return the scopes that a provider or a platform may bring; raise UnauthorizedError if it is trusted no more."""
    platform = store.platform(issuer, client)
    if platform is not None:
        return platform.scopes
    provider = None if client else store.openid
    if provider is None or provider.issuer != issuer or not provider.client_id:
        raise UnauthorizedError("The store does not take sign-ins of this provider any more; sign in again.")
    return frozenset(scope for _, scope in provider.scopes)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
