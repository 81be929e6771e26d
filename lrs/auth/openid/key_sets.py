"""The public keys of providers: fetched in the background, kept while a provider is away, replaced when it rotates.

Keys come from the address that the issuer's own description names, never from anything that a token says.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from lrs.auth.openid.fetching import ProviderError, fetch_description, fetch_object
from lrs.auth.providers import is_local
from lrs.errors import ServiceUnavailableError, UnknownTokenError
from lrs.logging import log_failure

KEY_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "Ed25519": "OKP",
}
"""The algorithms that tokens may be signed with, all of them asymmetric, and the type of key that each needs."""
FRESH_S = 900.0
"""Keys that were read longer ago are read again, so a key that a provider withdraws is refused after this time."""
KEPT_S = 86_400.0
"""For so long keys are used that cannot be read again."""
PAUSE_S = 10.0
"""The least time between two attempts to read the keys of one provider."""
WAIT_S = 2.0
MOST_WAITING = 4
"""Requests of a process that may wait for keys; others are answered 503 at once, so no provider holds all threads."""
MOST_KEYS = 100
MIN_RSA_BITS = 2048
BASE64_BITS = 6

_logger = logging.getLogger("lrs.auth")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of a provider; `algorithm` is None where it may be used with any of its type."""

    id: str | None
    algorithm: str | None
    key: Key

    def fits(self, algorithm: str, key_id: str | None) -> bool:
        """Return whether a token of this algorithm and key id can be signed with it."""
        if self.key.key_type != KEY_TYPES[algorithm] or self.algorithm not in (None, algorithm):
            return False
        return key_id is None or self.id == key_id


class KeySet:
    """The keys of one provider."""

    def __init__(
        self,
        issuer: str,
        fetch: Callable[[str], tuple[SigningKey, ...]],
        clock: Callable[[], float],
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: tuple[SigningKey, ...] = ()
        self._read = self._tried = float("-inf")
        self._reading: threading.Event | None = None
        self.failed = False

    def find(self, algorithm: str, key_id: str | None) -> SigningKey | None:
        """Return the one key that fits, None if there is none or, without a key id, more than one."""
        now = self._clock()
        if now - self._read > FRESH_S:
            self.read_again()
        if now - self._read > KEPT_S:
            return None
        fitting = [key for key in self._keys if key.fits(algorithm, key_id)]
        return fitting[0] if fitting and (key_id is not None or len(fitting) == 1) else None

    def read_again(self) -> threading.Event | None:
        """Return what is set once keys are read that are being read now; None if it is too early to try again."""
        with self._lock:
            if self._reading is not None:
                return self._reading
            if self._clock() - self._tried < PAUSE_S:
                return None
            self._tried = self._clock()
            self._reading = done = threading.Event()
        try:
            threading.Thread(target=self._read_now, args=(done,), name="openid-keys", daemon=True).start()
        except RuntimeError as error:  # the machine has no more threads
            self._end_reading(done, error)
        return done

    def _read_now(self, done: threading.Event) -> None:
        failure: Exception | None = RuntimeError("reading ended early")
        try:
            self._keys, failure = self._fetch(self._issuer), None
            self._read = self._clock()
        except ProviderError as error:
            failure = error
        finally:
            self._end_reading(done, failure)

    def _end_reading(self, done: threading.Event, failure: Exception | None) -> None:
        self.failed = failure is not None
        if failure is not None:
            log_failure(_logger, "openid_keys_not_read", issuer=self._issuer, error=str(failure))
        with self._lock:
            self._reading = None
        done.set()


class KeySets:
    """The keys of all providers. A key id that is not known lets the keys be read once, not more often than allowed."""

    def __init__(
        self,
        fetch: Callable[[str], tuple[SigningKey, ...]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch or fetch_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._sets: dict[str, KeySet] = {}
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def find(self, issuer: str, algorithm: str, key_id: str | None) -> Key:
        """Return the key of a provider; raise UnknownTokenError, or ServiceUnavailableError if it cannot be asked."""
        keys = self._of(issuer)
        found = keys.find(algorithm, key_id) or self._find_after_reading(keys, algorithm, key_id)
        if found is not None:
            return found.key
        if keys.failed:
            raise ServiceUnavailableError(
                f"The keys of the OpenID Connect provider {issuer} cannot be read now; send the request again shortly."
            )
        raise UnknownTokenError(
            f"The provider {issuer} has no key for {algorithm} with the kid {key_id!r}; ask it for a new token.",
            rule="RFC 7515 4.1.4",
        )

    def prepare(self, issuers: set[str]) -> None:
        """Begin to read the keys of providers that are new, and forget those that no store uses any more."""
        with self._lock:
            for issuer in self._sets.keys() - issuers:
                del self._sets[issuer]
            unknown = issuers - self._sets.keys()
        for issuer in unknown:
            self._of(issuer).read_again()

    def _find_after_reading(self, keys: KeySet, algorithm: str, key_id: str | None) -> SigningKey | None:
        reading = keys.read_again()
        if reading is None:
            return None
        if not self._waiting.acquire(blocking=False):
            raise ServiceUnavailableError(
                "The keys of the provider are being read; send the request again shortly."
            )
        try:
            is_read = reading.wait(WAIT_S)
        finally:
            self._waiting.release()
        if not is_read:
            keys.failed = True
        return keys.find(algorithm, key_id)

    def _of(self, issuer: str) -> KeySet:
        with self._lock:
            if issuer not in self._sets:
                self._sets[issuer] = KeySet(issuer, self._fetch, self._clock)
            return self._sets[issuer]


def fetch_keys(issuer: str) -> tuple[SigningKey, ...]:
    """Return the keys that a provider publishes (OpenID Connect Discovery 4); raise ProviderError."""
    address = fetch_description(issuer).get("jwks_uri")
    if not isinstance(address, str) or (is_local(address) and not is_local(issuer)):
        raise ProviderError(f"{issuer} names no address of its keys that may be read ({address!r})")
    return read_keys(fetch_object(address))


def read_keys(document: Mapping[str, Any]) -> tuple[SigningKey, ...]:
    """Return the public keys of a JSON Web Key Set that can verify tokens; raise ProviderError if none can."""
    listed = document.get("keys")
    rows = listed[:MOST_KEYS] if isinstance(listed, list) else []
    keys = tuple(key for key in map(_read_key, rows) if key is not None)
    if not keys:
        raise ProviderError("the key set holds no public key for signatures (RSA, EC or Ed25519)")
    return keys


def _read_key(row: Any) -> SigningKey | None:
    """Return a key, None for one that is not understood (RFC 7517 5), symmetric, too short or not for signatures."""
    if (
        not isinstance(row, dict)
        or row.get("kty") not in KEY_TYPES.values()
        or row.get("use", "sig") != "sig"
    ):
        return None
    if row["kty"] == "RSA" and len(str(row.get("n", ""))) * BASE64_BITS < MIN_RSA_BITS:
        return None
    try:
        key = JWKRegistry.import_key(row)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return SigningKey(key.kid, key.alg, key)
