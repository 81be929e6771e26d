"""Signing in with a browser at the OpenID Connect provider of a store: authorization code with PKCE (RFC 9700).

What the way back must fit to is kept in a signed cookie of the browser that began it: state, nonce and verifier.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlencode

from lrs.auth.credentials import Credential
from lrs.auth.openid.descriptions import Descriptions
from lrs.auth.openid.fetching import ProviderError, post_form
from lrs.auth.openid.tokens import OpenIdTokens
from lrs.auth.providers import Provider, is_local, require_address
from lrs.auth.stores import Store, require_open, store_by_id
from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import NotFoundError, RequestRefusedError, ServiceUnavailableError, UnauthorizedError
from lrs.storage.database import Database, StoreId
from schemas.json_text import dump_json, parse_json

KIND, VERSION = "openid-sign-in", 1
VALID_S = 600
SECRET_BYTES = 32
SCOPE = "openid profile email"
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that a browser began; `after` is where it leads to in the end."""

    store: str
    state: str
    nonce: str
    verifier: str
    after: str
    expires: float


class CodeFlow:
    """Begins a sign-in at a provider, and ends it with the credential of whom the provider names."""

    def __init__(
        self,
        database: Database,
        tokens: OpenIdTokens,
        secret_key: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._signed = SignedTokens(secret_key, KIND, VERSION)
        self._clock = clock
        self._descriptions = Descriptions()

    def begin(self, store: Store, back: str, after: str) -> tuple[str, str]:
        """Return the address at the provider that the browser goes to, and what its cookie holds meanwhile.

        `back` is the address that the provider leads back to. Raise NotFoundError, ServiceUnavailableError.
        """
        provider = _provider_of(store)
        state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
        begun = Begun(str(store.id), state, nonce, verifier, after, self._clock() + VALID_S)
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        address = self._endpoint(provider, "authorization_endpoint")
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{urlencode(query)}", self._signed.write(dump_json(astuple(begun)))

    def finish(self, cookie: str, answer: Mapping[str, str], back: str) -> tuple[Credential, str, str]:
        """Return the credential of whom the provider signed in, where to lead, and the issuer.

        `answer` are the parameters that the provider led back with. Raise UnauthorizedError for an answer that does
        not fit to what this browser began, ForbiddenError, ServiceUnavailableError.
        """
        begun = self._begun(cookie)
        if not compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise _begin_again("The answer of the provider is for another sign-in.")
        store = store_by_id(self._database, StoreId(begun.store))
        require_open(store)
        provider = _provider_of(store)
        if answer.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
            raise _begin_again("The answer comes from another provider.")
        if "code" not in answer:
            said = answer.get("error", "no code")[:LONGEST_SHOWN]
            raise _begin_again(f"The provider did not sign anybody in ({said}).")
        address = self._endpoint(provider, "token_endpoint")
        token = _redeem(provider, address, answer["code"], begun.verifier, back)
        return self._tokens.sign_in(store, provider, token, begun.nonce), begun.after, provider.issuer

    def _endpoint(self, provider: Provider, name: str) -> str:
        """Return an address that the provider's description names; raise ServiceUnavailableError."""
        try:
            address = str(self._descriptions.of(provider.issuer).get(name, ""))
            require_address(name, address, takes_query=True)
        except (ProviderError, RequestRefusedError) as error:
            raise ServiceUnavailableError(
                f"Nobody can sign in with the OpenID Connect provider now ({error}); try again shortly."
            ) from error
        if is_local(address) and not is_local(provider.issuer):
            raise ServiceUnavailableError(
                f"The OpenID Connect provider {provider.issuer} leads to this machine; tell whoever runs it."
            )
        return address

    def _begun(self, cookie: str) -> Begun:
        try:
            begun = Begun(*parse_json(self._signed.read(cookie)))
        except InvalidTokenError as error:
            raise _begin_again(
                "This browser did not begin a sign-in, or took longer than 10 minutes."
            ) from error
        if self._clock() >= begun.expires:
            raise _begin_again("The sign-in took longer than 10 minutes.")
        return begun


def challenge_of(verifier: str) -> str:
    """Return what a verifier is announced by (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _provider_of(store: Store) -> Provider:
    """Return the provider that people sign in to a store with; raise NotFoundError."""
    if store.openid is None or not store.openid.client_id:
        raise NotFoundError(
            f"Nobody signs in to the store {store.name!r} with OpenID Connect; use another way."
        )
    return store.openid


def _redeem(provider: Provider, address: str, code: str, verifier: str, back: str) -> str:
    """Return the ID token that a code stands for at the address for tokens; raise UnauthorizedError."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": provider.client_id,
        "code_verifier": verifier,
    }
    user = (provider.client_id, provider.client_secret) if provider.client_secret else None
    try:
        token = post_form(address, form, user).get("id_token")
    except ProviderError as error:
        raise _begin_again(f"The provider did not take its own code ({error}).") from error
    if not isinstance(token, str):
        raise _begin_again("The provider answered without an ID token.")
    return token


def _begin_again(sentence: str) -> UnauthorizedError:
    return UnauthorizedError(f"{sentence} Nobody was signed in; begin again.")
