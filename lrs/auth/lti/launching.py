"""Launches: a platform begins a sign-in, and ends it with a signed message (LTI 1.3 Core 5.1, IMS Security 1.0 5.1).

The state is signed and holds all that the message must fit to, so a stranger who begins launches makes nothing be kept.
A message is taken once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

from lrs.auth.credentials import Credential
from lrs.auth.lti.messages import INSTRUCTOR, Message, read_message
from lrs.auth.openid.fetching import fetch_object
from lrs.auth.openid.key_sets import KeySets, SigningKey, read_keys
from lrs.auth.openid.verifying import refusal, take_apart, verify
from lrs.auth.platforms import Platform
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.roles import LEARNER, ROLES
from lrs.auth.sessions import page_key
from lrs.auth.stores import Store, require_open, store_by_id, stores_with_platforms
from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import NotFoundError, RequestRefusedError, UnauthorizedError
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.rate_limits import RateLimitCounters
from schemas.json_text import dump_json, parse_json

KIND, VERSION = "lti-launch", 1
VALID_S = 600
SECRET_BYTES = 32
LARGEST_TOKEN, LONGEST_HINT, LONGEST_SHOWN = 32 * 1024, 4_000, 200
RULE = "IMS Security 1.0 5.1"


@dataclass(frozen=True, slots=True)
class Begun:
    """A launch that began: the store and the platform, and the nonce that its message must bring."""

    store: str
    issuer: str
    client_id: str
    nonce: str
    expires: float


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that was checked, and what it allows the person."""

    credential: Credential
    platform: Platform
    message: Message


class LtiLaunches:
    """Begins launches, and ends each with the credential of whom the platform names."""

    def __init__(
        self,
        database: Database,
        pseudonyms: StorePseudonyms,
        secret_key: str,
        key_sets: KeySets | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._signed = SignedTokens(secret_key, KIND, VERSION)
        self._keys = key_sets or KeySets(fetch_platform_keys)
        self._counters = RateLimitCounters(database)
        self._clock = clock

    def begin(self, asked: Mapping[str, str], back: str) -> tuple[str, str]:
        """Return the address at the platform that the browser goes to, and the state of the launch.

        `back` is where the platform sends its message. Raise RequestRefusedError, NotFoundError.
        """
        hints = {name: asked[name] for name in ("login_hint", "lti_message_hint") if name in asked}
        if "login_hint" not in hints or any(len(one) > LONGEST_HINT for one in hints.values()):
            raise RequestRefusedError(
                f"A launch needs a login_hint, and hints have up to {LONGEST_HINT} characters; launch from the course.",
                path="login_hint",
                rule=RULE,
            )
        store, platform = self._find(asked)
        nonce = secrets.token_urlsafe(SECRET_BYTES)
        begun = Begun(str(store.id), platform.issuer, platform.client_id, nonce, self._clock() + VALID_S)
        state = self._signed.write(dump_json(astuple(begun)))
        query = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": platform.client_id,
            "redirect_uri": back,
            "state": state,
            "nonce": nonce,
            **hints,
        }
        joint = "&" if "?" in platform.login_address else "?"
        return f"{platform.login_address}{joint}{urlencode(query)}", state

    def finish(self, sent: Mapping[str, str]) -> Launch:
        """Return the launch that a message of a platform ends.

        Raise UnauthorizedError, RequestRefusedError, ForbiddenError, ServiceUnavailableError (no keys).
        """
        begun = self._begun(sent.get("state", ""))
        store = store_by_id(self._database, StoreId(begun.store))
        require_open(store)
        platform = store.platform(begun.issuer, begun.client_id)
        if platform is None:
            raise _again("The store does not take launches of this platform any more.")
        if "id_token" not in sent:
            raise _again(
                f"The platform signed nobody in ({sent.get('error', 'no message')[:LONGEST_SHOWN]})."
            )
        claims = self._verified(sent["id_token"], platform)
        self._require_first(claims, begun)
        message = read_message(claims, platform)
        return Launch(self._credential(store, platform, message), platform, message)

    def _verified(self, text: str, platform: Platform) -> Mapping[str, Any]:
        token = take_apart(text, LARGEST_TOKEN)
        claims = verify(token, platform.issuer, platform.client_id, partial(self._key, platform), self._clock)
        if claims.get("azp", platform.client_id) != platform.client_id:
            raise refusal("The message was made for another tool (azp); launch it from the course.", RULE)
        if len(token.audiences) > 1 and "azp" not in claims:
            raise refusal("A message for several audiences must name this tool (azp).", RULE)
        if not isinstance(claims.get("iat"), int):
            raise refusal(
                "The message says not when it was made (iat); launch it again from the course.", RULE
            )
        return claims

    def _key(self, platform: Platform, _: str, algorithm: str, key_id: str | None) -> Any:
        return self._keys.find(platform.keys_address, algorithm, key_id)

    def _require_first(self, claims: Mapping[str, Any], begun: Begun) -> None:
        """Raise UnauthorizedError unless a message is the first one for what was begun."""
        if not compare_digest(str(claims.get("nonce", "")).encode("utf-8", "replace"), begun.nonce.encode()):
            raise refusal("The message is for another launch (nonce); launch it again from the course.", RULE)
        name = f"lti-launches/{sha256(begun.nonce.encode()).hexdigest()}"
        with unavailable_when_unreachable():
            is_first = self._counters.incr(name, VALID_S) == 1
        if not is_first:
            raise refusal("The message was used already; launch it again from the course.", RULE)

    def _credential(self, store: Store, platform: Platform, message: Message) -> Credential:
        is_manager = platform.has_managers and INSTRUCTOR in message.course_roles
        learner = self._pseudonyms.identifier(store, message.learner)
        host = urlsplit(platform.issuer).hostname or platform.issuer
        return Credential(
            key=page_key(self._database, store.id, learner),
            name=f"LTI, {host}" if store.key_check or not message.name else message.name,
            store=store,
            scopes=frozenset(ROLES["community"] if is_manager else LEARNER),
            learner=learner,
        )

    def _find(self, asked: Mapping[str, str]) -> tuple[Store, Platform]:
        """Return the one platform that may have sent the request; raise NotFoundError, RequestRefusedError."""
        issuer, client = asked.get("iss", ""), asked.get("client_id")
        found = [
            (store, one)
            for store in stores_with_platforms(self._database)
            for one in store.platforms
            if one.issuer == issuer and client in (None, one.client_id)
        ]
        if not found:
            raise NotFoundError(
                f"No store takes launches of the platform {issuer[:LONGEST_SHOWN]!r} with this client id; whoever runs "
                "this service can register it (learnerprise stores lti).",
                path="iss",
                rule=RULE,
            )
        if len(found) > 1:
            raise RequestRefusedError(
                "Several platforms have this issuer; let the platform send its client_id.",
                path="client_id",
                rule=RULE,
            )
        return found[0]

    def _begun(self, state: str) -> Begun:
        try:
            begun = Begun(*parse_json(self._signed.read(state)))
        except InvalidTokenError as error:
            raise _again("This launch did not begin here (state).") from error
        if self._clock() >= begun.expires:
            raise _again("The launch took longer than 10 minutes.")
        return begun


def fetch_platform_keys(address: str) -> tuple[SigningKey, ...]:
    """Return the keys that a platform publishes at an address; raise ProviderError."""
    return read_keys(fetch_object(address))


def _again(sentence: str) -> UnauthorizedError:
    return UnauthorizedError(f"{sentence} Nobody was signed in; launch it again from the course.", rule=RULE)
