"""Credentials: a key and a secret for HTTP Basic, each for one store and some scopes.

Secrets are 256 random bits, so a plain SHA-256 digest cannot be searched; a slow hash would only slow clients.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from lrs.auth.names import require_name
from lrs.auth.scopes import GRANTED_BY, MINT, OF_LEARNERS, listed, require_known_scopes
from lrs.auth.stores import Store, require_open, store_by_id, wait_until_read_again
from lrs.errors import ForbiddenError, NotFoundError, RequestRefusedError, UnauthorizedError
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us
from lrs.storage.stores import (
    CredentialRow,
    find_credential_row,
    insert_credential_row,
    list_credential_rows,
    update_credential_row,
)
from schemas.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class Credential:
    """An accepted credential: its store, its scopes, and the learner it stands for.

    `learner` is the canonical identifier of the one person that its holder is; None for a tool, which acts for anybody.
    """

    key: str
    name: str
    store: Store
    scopes: frozenset[str]
    learner: str | None = None
    roles: tuple[str, ...] = ()
    """The roles in the recommender that an identity provider says the learner has."""

    def allows(self, scope: str) -> bool:
        """Return whether the scopes of this credential let its holder do what a scope names."""
        return self.grants(scope) and (self.learner is not None or scope not in OF_LEARNERS)

    def grants(self, scope: str) -> bool:
        """Return whether a scope is among this credential's, by itself or in a wider one."""
        return not GRANTED_BY[scope].isdisjoint(self.scopes)

    def require(self, scope: str) -> None:
        """Raise ForbiddenError unless the scope is among this credential's."""
        if not self.allows(scope):
            raise ForbiddenError(
                f"This credential lacks the scope {scope!r} (it has: {listed(self.scopes)}); ask for one that has it."
            )

    def authority(self, home_page: str) -> dict[str, Any]:
        """Return the Agent that stands as authority of Statements stored with this credential."""
        account = {"homePage": home_page, "name": self.key}
        return {"objectType": "Agent", "name": self.name, "account": account}


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """What is kept of a key: its row and its credential, both None if the key is unknown or was revoked."""

    row: CredentialRow | None = None
    credential: Credential | None = None

    def open(self, secret: str) -> Credential:
        """Return the credential if the secret is right; raise UnauthorizedError, ForbiddenError (a closed store)."""
        return self.reopen(digest_of_secret(secret))

    def reopen(self, digest: bytes) -> Credential:
        """Do the same for the digest of a secret that was right before."""
        if not self._has(digest):
            raise UnauthorizedError("The key or the secret is wrong, or the credential was revoked.")
        return self.in_force()

    def in_force(self) -> Credential:
        """Return the credential; raise UnauthorizedError (expired or revoked) or ForbiddenError (a closed store)."""
        if self.row is None or self.credential is None:
            raise UnauthorizedError("The credential was revoked; ask for a new one.")
        if self.row.expires is not None and self.row.expires <= now_us():
            raise UnauthorizedError(
                f"This credential expired at {format_timestamp(self.row.expires)}; ask for a new end or a new one."
            )
        require_open(self.credential.store)
        return self.credential

    def minting(self, token: str) -> Credential:
        """Return the credential if it may mint and did not revoke this token (its id); raise UnauthorizedError."""
        credential = self.in_force()
        if (self.row and token in self.row.revoked_tokens) or not credential.grants(MINT):
            raise UnauthorizedError("This token was revoked; ask the server of the page for a new one.")
        return credential

    def _has(self, digest: bytes) -> bool:
        """Return whether a digest is of the secret, or of the former one while that is let in."""
        row = self.row
        if row is None:
            return False
        former = row.former_digest or b""
        is_former = compare_digest(former, digest) and (row.former_until or 0) > now_us()
        return compare_digest(row.secret_digest, digest) or is_former


def create_credential(
    database: Database,
    store: Store,
    name: str,
    scopes: Sequence[str] = ("all",),
    expires: int | None = None,
) -> tuple[str, str]:
    """Create a credential; return its key and its secret, which is shown only once and never stored.

    From `expires` on (us) it is refused.
    """
    require_name("credential", name)
    require_known_scopes(scopes)
    _require_future(expires)
    key, secret = secrets.token_hex(16), secrets.token_hex(32)
    row = CredentialRow(
        key, store.id, digest_of_secret(secret), name, tuple(scopes), now_us(), expires=expires
    )
    insert_credential_row(database, row)
    return key, secret


def check_credential(database: Database, key: str, secret: str) -> Credential:
    """Return the credential if key and secret are right and it is in force; raise UnauthorizedError."""
    return find_credential(database, key).open(secret)


def find_credential(database: Database, key: str) -> KnownCredential:
    """Return what is known of a key; an unknown or revoked one refuses every secret."""
    row = find_credential_row(database, key)
    if row is None or row.revoked is not None:
        return KnownCredential()
    credential = Credential(row.key, row.name, store_by_id(database, row.store), frozenset(row.scopes))
    return KnownCredential(row, credential)


def list_credentials(database: Database, store: Store) -> list[CredentialRow]:
    """Return the credentials of a store, revoked ones too, oldest first."""
    return list_credential_rows(database, store.id)


def rotate_credential(
    database: Database, key: str, store: Store, overlap_s: float, expires: int | None = None
) -> str:
    """Give a credential a new secret and return it; the former one is let in for `overlap_s` more seconds.

    Key, name, scopes and authority stay. `expires` (us) sets another end, None leaves it.
    """
    _require_future(expires)
    secret, now = secrets.token_hex(32), now_us()
    known = find_credential_row(database, key)
    former = known.secret_digest if known else b""
    end = {} if expires is None else {"expires_us": expires}
    changes = {"secret_digest": digest_of_secret(secret), "former_digest": former, **end}
    until = {"former_until_us": now + round(overlap_s * 1_000_000)}
    _change(database, key, store, {**changes, **until}, secret_digest=former)
    return secret


def set_scopes(database: Database, key: str, store: Store, scopes: Sequence[str]) -> None:
    """Give a credential other scopes; return once every process goes by them."""
    require_known_scopes(scopes)
    _change(database, key, store, {"scopes": list(scopes)})


def rename_credential(database: Database, key: str, store: Store, name: str) -> None:
    """Give a credential another name, which the authority of later Statements has."""
    require_name("credential", name)
    _change(database, key, store, {"name": name})


def revoke_credential(database: Database, key: str, store: Store | None = None) -> None:
    """Revoke a credential, if given of this store; return once no process accepts it.

    Raise NotFoundError for an unknown or revoked key.
    """
    _change(database, key, store, {"revoked_us": now_us()})


def _change(
    database: Database, key: str, store: Store | None, values: Mapping[str, Any], **condition: Any
) -> None:
    """Change a credential in force; return once every process goes by it; raise NotFoundError."""
    of_store = {"store": store.id} if store else {}
    if not update_credential_row(database, key, values, **of_store, **condition):
        where = f" of the store {store.name!r}" if store else ""
        raise NotFoundError(f"There is no credential {key!r}{where} in force.")
    wait_until_read_again()


def _require_future(expires: int | None) -> None:
    if expires is not None and expires <= now_us():
        raise RequestRefusedError(
            f"The end {format_timestamp(expires)} is not in the future; name a later one."
        )


def digest_of_secret(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
