"""Bearer tokens of the providers that stores trust, as credentials of these stores."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any
from urllib.parse import urlsplit

from lrs.auth.credentials import Credential
from lrs.auth.openid.claims import read_grant
from lrs.auth.openid.key_sets import KeySets
from lrs.auth.openid.verifying import SentToken, refusal, take_apart, verify
from lrs.auth.providers import Provider
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.stores import HELD_S, Store, require_open, stores_with_provider
from lrs.storage.counters import find_or_create_secret
from lrs.storage.database import Database

SECRET = "openid"
NONCE = "OpenID Connect Core 3.1.3.7"
KEY_DIGITS = 32
LONGEST_SHOWN = 200


class OpenIdTokens:
    """Verifies tokens. Which providers the stores trust is read at most `HELD_S` ago."""

    def __init__(
        self,
        database: Database,
        pseudonyms: StorePseudonyms,
        key_sets: KeySets | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._keys = key_sets or KeySets()
        self._clock = clock
        self._lock = threading.Lock()
        self._trusted: list[tuple[Store, Provider]] = []
        self._read = float("-inf")

    def recognises(self, token: str) -> bool:
        """Return whether a token begins as a JSON Web Token does: with `{` in base64."""
        return token.startswith("ey")

    def key_of(self, token: str) -> str:
        """Return nothing: whose a token is can be told only when all of it was checked."""
        return ""

    def check(self, token: str, origin: str | None) -> Credential:
        """Return the credential that a token stands for; tokens of providers are bound to no origin.

        Raises UnauthorizedError, ForbiddenError (a closed store, no learner), ServiceUnavailableError (no keys).
        """
        sent = take_apart(token)
        store, provider = self._trusting(sent)
        claims = verify(sent, provider.issuer, provider.audience, self._keys.find)
        require_open(store)
        return self._credential(store, provider, claims)

    def sign_in(self, store: Store, provider: Provider, token: str, nonce: str) -> Credential:
        """Return the credential of whom an ID token names that was asked for with this nonce.

        Raises UnauthorizedError, ForbiddenError (no learner), ServiceUnavailableError (no keys).
        """
        claims = verify(take_apart(token), provider.issuer, provider.client_id, self._keys.find)
        if not compare_digest(str(claims.get("nonce", "")).encode("utf-8", "replace"), nonce.encode()):
            raise refusal("The ID token is for another sign-in (nonce); begin again.", NONCE)
        if claims.get("azp", provider.client_id) != provider.client_id:
            raise refusal("The ID token was made for another client (azp); begin again.", NONCE)
        return self._credential(store, provider, claims)

    def _credential(self, store: Store, provider: Provider, claims: Mapping[str, Any]) -> Credential:
        grant = read_grant(claims, provider)
        return Credential(
            key=self._key(store, provider, str(claims["sub"])),
            name=f"OpenID Connect, {urlsplit(provider.issuer).hostname}",
            store=store,
            scopes=grant.scopes,
            learner=self._pseudonyms.identifier(store, grant.learner),
            roles=grant.roles,
        )

    def start(self) -> None:
        """Begin to read the keys of every provider, so that the first token need not wait for them."""
        self._providers()

    def _trusting(self, sent: SentToken) -> tuple[Store, Provider]:
        """Return the one store that takes tokens of this issuer and audience."""
        known = [pair for pair in self._providers() if pair[1].issuer == sent.issuer]
        if not known:
            issuer = sent.issuer[:LONGEST_SHOWN]
            raise refusal(
                f"No store takes tokens of the issuer {issuer!r}; ask for one of a provider that is set."
            )
        found = [pair for pair in known if pair[1].audience in sent.audiences]
        if len(found) != 1:
            named = [audience[:LONGEST_SHOWN] for audience in sent.audiences[:3]]
            raise refusal(
                f"The token is for {named or 'no audience'}, and must be for exactly one that is set for a store; ask "
                "the provider for a token with that audience."
            )
        return found[0]

    def _providers(self) -> list[tuple[Store, Provider]]:
        with self._lock:
            if self._clock() - self._read < HELD_S:
                return self._trusted
        asked = self._clock()
        trusted = [(store, store.openid) for store in stores_with_provider(self._database) if store.openid]
        with self._lock:
            self._trusted, self._read = trusted, asked
        self._keys.prepare({provider.issuer for _, provider in trusted})
        return trusted

    def _key(self, store: Store, provider: Provider, subject: str) -> str:
        """Return what stands for a person as the key of a credential: the same for ever, and says nothing of them."""
        text = "\n".join((str(store.id), provider.issuer, subject)).encode("utf-8", "surrogatepass")
        return "openid-" + digest(self._secret, text, sha256).hex()[:KEY_DIGITS]

    @cached_property
    def _secret(self) -> bytes:
        return find_or_create_secret(self._database, SECRET).encode()
