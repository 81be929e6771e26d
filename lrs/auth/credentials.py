"""Credentials: a key and a secret for HTTP Basic, each for one store and some scopes.

Secrets are 256 random bits, so a plain SHA-256 digest cannot be searched; a slow hash would only slow clients.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from lrs.auth.names import require_name
from lrs.auth.stores import Store, store_by_id, wait_until_read_again
from lrs.errors import ForbiddenError, NotFoundError, RequestRefusedError, UnauthorizedError
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us
from lrs.storage.stores import (
    CredentialRow,
    find_credential_row,
    insert_credential_row,
    list_credential_rows,
    revoke_credential_row,
)

SCOPES = {
    "all": "everything in the store",
    "statements/write": "store Statements, and void those stored with this credential",
    "statements/void/others": "void Statements that were stored with other credentials",
    "statements/read": "read all Statements",
    "statements/read/mine": "read the Statements stored with this credential",
    "state/read": "read the State documents of any Agent",
    "state/write": "store, change and delete State documents",
    "profile/read": "read Agent and Activity Profile documents, and all identifiers of a Person",
    "profile/write": "store, change and delete Agent and Activity Profile documents",
    "define": "let Activity definitions in Statements add to the store's",
    "names": "let the names of people in Statements be shown before those that other credentials send",
    "recommendations/read": "ask for recommendations",
    "recommendations/write": "set a learner's own choices",
    "catalogue/read": "read the catalogue: nuggets, roles and what was entered of learners",
    "catalogue/write": "enter, change and delete nuggets, roles and what is known of learners",
}


@dataclass(frozen=True, slots=True)
class Credential:
    """An accepted credential: its store and its scopes."""

    key: str
    name: str
    store: Store
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        """Return whether a scope is among this credential's."""
        return "all" in self.scopes or scope in self.scopes

    def require(self, scope: str) -> None:
        """Raise ForbiddenError unless the scope is among this credential's."""
        if not self.allows(scope):
            has = ", ".join(sorted(self.scopes))
            raise ForbiddenError(
                f"This credential lacks the scope {scope!r} (it has: {has}); ask for one that has it."
            )

    def authority(self, home_page: str) -> dict[str, Any]:
        """Return the Agent that stands as authority of Statements stored with this credential."""
        account = {"homePage": home_page, "name": self.key}
        return {"objectType": "Agent", "name": self.name, "account": account}


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """A key's credential (None if unknown or revoked) and the digest of its secret."""

    secret_digest: bytes
    credential: Credential | None

    def open(self, secret: str) -> Credential:
        """Return the credential if the secret is right; raise UnauthorizedError, ForbiddenError (a closed store)."""
        matches = compare_digest(self.secret_digest, _digest(secret))
        if self.credential is None or not matches:
            raise UnauthorizedError("The key or the secret is wrong, or the credential was revoked.")
        if self.credential.store.closed is not None:
            raise ForbiddenError("The store of this credential is closed; ask for it to be opened again.")
        return self.credential


def create_credential(
    database: Database, store: Store, name: str, scopes: Sequence[str] = ("all",)
) -> tuple[str, str]:
    """Create a credential; return its key and its secret, which is shown only once and never stored."""
    require_name("credential", name)
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise RequestRefusedError(
            f"{unknown or 'no scope'} cannot be granted; the scopes are: {', '.join(SCOPES)}."
        )
    key, secret = secrets.token_hex(16), secrets.token_hex(32)
    row = CredentialRow(key, store.id, _digest(secret), name, tuple(scopes), now_us(), None)
    insert_credential_row(database, row)
    return key, secret


def check_credential(database: Database, key: str, secret: str) -> Credential:
    """Return the credential if key and secret are right and not revoked; raise UnauthorizedError."""
    return find_credential(database, key).open(secret)


def find_credential(database: Database, key: str) -> KnownCredential:
    """Return what is known of a key; an unknown or revoked one refuses every secret."""
    row = find_credential_row(database, key)
    if row is None or row.revoked is not None:
        return KnownCredential(bytes(32), None)
    credential = Credential(row.key, row.name, store_by_id(database, row.store), frozenset(row.scopes))
    return KnownCredential(row.secret_digest, credential)


def list_credentials(database: Database, store: Store) -> list[CredentialRow]:
    """Return the credentials of a store, revoked ones too, oldest first."""
    return list_credential_rows(database, store.id)


def revoke_credential(database: Database, key: str, store: Store | None = None) -> None:
    """Revoke a credential, if given of this store; return once no process accepts it.

    Raise NotFoundError for an unknown or revoked key.
    """
    condition = {"store": store.id} if store else {}
    if not revoke_credential_row(database, key, **condition):
        where = f" of the store {store.name!r}" if store else ""
        raise NotFoundError(f"There is no credential {key!r}{where} in force.")
    wait_until_read_again()


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
