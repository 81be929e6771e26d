"""Links that a teacher chooses for a course, sent back to the platform as a signed message (LTI Deep Linking 2.0).

What the platform asked for is held by a signed token in the page, so nothing is kept here while somebody chooses.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass

from joserfc import jwt

from lrs.auth.lti.launching import Launch
from lrs.auth.lti.messages import CHOOSING, CORE, LINK, VERSION
from lrs.auth.lti.tool_keys import ALGORITHM, tool_key
from lrs.auth.platforms import Platform
from lrs.auth.stores import Store, require_open, store_by_id
from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import ForbiddenError, UnauthorizedError
from lrs.storage.database import Database, StoreId
from schemas.json_text import dump_json, parse_json

KIND, TOKEN_VERSION = "lti-links", 1
CHOOSING_S, ANSWER_S = 3600, 300
NONCE_BYTES = 32
ANSWER = "LtiDeepLinkingResponse"
CLAIMS = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a platform asked for: links for one of its deployments, and where and with what they are sent."""

    store: str
    issuer: str
    client_id: str
    deployment: str
    return_address: str
    takes_several: bool
    data: str
    expires: float


@dataclass(frozen=True, slots=True)
class Link:
    """A link for a course: its title, a text about it, and the address of this service that it opens."""

    title: str
    text: str
    address: str


class DeepLinks:
    """Keeps what platforms ask for in tokens, and signs the answers."""

    def __init__(self, database: Database, secret_key: str, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._signed = SignedTokens(secret_key, KIND, TOKEN_VERSION)
        self._clock = clock

    def begin(self, launch: Launch) -> str:
        """Return the token of a launch that asks for links; raise ForbiddenError for who may not choose any."""
        message, platform = launch.message, launch.platform
        links = message.links
        if links is None or message.roles.isdisjoint(CHOOSING):
            raise ForbiddenError(
                "Links are chosen by those who teach or design a course; ask one of them.",
                rule="LTI Deep Linking 2.0 4.4",
            )
        store, expires = str(launch.credential.store.id), self._clock() + CHOOSING_S
        asked = Asked(
            store,
            platform.issuer,
            platform.client_id,
            message.deployment,
            links.return_address,
            links.takes_several,
            links.data,
            expires,
        )
        return self._signed.write(dump_json(astuple(asked)))

    def read(self, token: str) -> tuple[Store, Platform, Asked]:
        """Return what was asked for, by whom; raise UnauthorizedError, ForbiddenError (a closed store)."""
        try:
            asked = Asked(*parse_json(self._signed.read(token)))
        except InvalidTokenError as error:
            raise _over() from error
        store = store_by_id(self._database, StoreId(asked.store))
        require_open(store)
        platform = store.platform(asked.issuer, asked.client_id)
        if platform is None or self._clock() >= asked.expires:
            raise _over()
        return store, platform, asked

    def answer(self, asked: Asked, links: Sequence[Link]) -> str:
        """Return the signed message that brings links to a platform."""
        now = int(self._clock())
        claims: Mapping[str, object] = {
            "iss": asked.client_id,
            "aud": [asked.issuer],
            "iat": now,
            "exp": now + ANSWER_S,
            "nonce": secrets.token_urlsafe(NONCE_BYTES),
            f"{CORE}message_type": ANSWER,
            f"{CORE}version": VERSION,
            f"{CORE}deployment_id": asked.deployment,
            f"{CLAIMS}content_items": [
                {"type": LINK, "title": one.title, "text": one.text, "url": one.address} for one in links
            ],
            **({f"{CLAIMS}data": asked.data} if asked.data else {}),
        }
        key = tool_key(self._database)
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, dict(claims), key)


def _over() -> UnauthorizedError:
    return UnauthorizedError("This choice of links is over; nothing was added. Begin again from the course.")
