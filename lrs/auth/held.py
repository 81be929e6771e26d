"""A short-lived cache of credentials in each process, so that most requests need no lookup."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache

from lrs.auth.credentials import Credential, KnownCredential, find_credential
from lrs.auth.stores import HELD_S
from lrs.storage.database import Database

MOST_HELD = 10_000


@dataclass(frozen=True, slots=True)
class _Held:
    known: KnownCredential
    read: float


class HeldCredentials:
    """Checks credentials against the database, or against a value read at most `HELD_S` ago.

    The secret is compared on every request, and only valid credentials are cached. So a new credential works at
    once, and a revoked one stops working within `HELD_S`, which `revoke_credential` waits for.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._held: TLRUCache[str, _Held] = TLRUCache(MOST_HELD, _held_until, clock)

    def check(self, key: str, secret: str) -> Credential:
        """Return the credential if key and secret are right and it is in force; raise UnauthorizedError."""
        return self._use(key, lambda known: known.open(secret))

    def reopen(self, key: str, digest: bytes) -> Credential:
        """Return the credential if a secret with this digest is still let in; raise UnauthorizedError."""
        return self._use(key, lambda known: known.reopen(digest))

    def find(self, key: str) -> Credential:
        """Return the credential of a key that was signed for; raise UnauthorizedError unless it is in force."""
        return self._use(key, lambda known: known.in_force())

    def find_minting(self, key: str, token: str) -> Credential:
        """Return the credential that minted a token (its id) unless either was revoked; raise UnauthorizedError."""
        return self._use(key, lambda known: known.minting(token))

    def _use(self, key: str, use: Callable[[KnownCredential], Credential]) -> Credential:
        """Return what `use` makes of what is known of a key; only a credential that is not refused is held."""
        with self._lock:
            held = self._held.get(key)
        if held is not None:
            return use(held.known)
        asked = self._clock()
        known = find_credential(self._database, key)
        credential = use(known)
        with self._lock:
            self._held[key] = _Held(known, asked)
        return credential


def _held_until(_key: str, held: _Held, _now: float) -> float:
    """Return when to read it again: `HELD_S` from the asking, not from the answer."""
    return held.read + HELD_S
