"""Tokens that a learner's own page asks with: an LMS or a page server mints one for one learner, for some minutes.

All that a token allows is written in it and signed, so minting and checking it read and write nothing. It is refused
once the credential that minted it is revoked, expired or may not mint any more, or once it was revoked itself: the ids
of revoked tokens are kept with that credential until the tokens expire, and every process holds both together.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache

from lrs.auth.credentials import Credential
from lrs.auth.held import MOST_HELD, HeldCredentials
from lrs.auth.scopes import GRANTED_TO_LEARNERS, MINT, granted_among, listed
from lrs.auth.stores import wait_until_read_again
from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import (
    ForbiddenError,
    NotFoundError,
    RequestRefusedError,
    TooManyRequestsError,
    UnauthorizedError,
    UnknownTokenError,
)
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us
from lrs.storage.stores import add_revoked_token
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import format_timestamp
from schemas.tokens import LONGEST_TOKEN

PREFIX = "learner_"
"""Begins every token of a learner, so that scanners for secrets find it and no other kind is taken for it."""
KIND, VERSION = "learner", 1
"""A payload whose fields mean something else needs a new version."""
MOST_REVOKED = 10_000
"""How many tokens of one credential may be revoked at the same time, each until it expires."""
MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class LearnerToken:
    """What a token says: for whom, which scopes, pages of which origin, until when (us); minted by which key."""

    id: str
    key: str
    learner: str
    scopes: tuple[str, ...]
    origin: str
    expires: int


class LearnerTokens:
    """Mints the tokens of learners, checks and revokes them."""

    def __init__(self, database: Database, held: HeldCredentials, secret_key: str) -> None:
        self._database = database
        self._held = held
        self._signed = SignedTokens(secret_key, KIND, VERSION)
        self.read = lru_cache(MOST_HELD)(self._read)

    def mint(
        self, minting: Credential, learner: str, scopes: Sequence[str], origin: str, minutes: int
    ) -> tuple[str, LearnerToken]:
        """Return a token for one learner (canonical identifier) and what it says.

        Raise ForbiddenError for scopes that the minting credential lacks, RequestRefusedError for those of no learner.
        """
        minting.require(MINT)
        _require_grantable(minting, scopes)
        expires = now_us() + minutes * MINUTE_US
        made = LearnerToken(secrets.token_hex(8), minting.key, learner, tuple(scopes), origin, expires)
        text = PREFIX + self._signed.write(dump_json(astuple(made)))
        if len(text) > LONGEST_TOKEN:
            raise RequestRefusedError(
                f"The identifier of this learner has {len(learner)} characters, too many for a token; name the "
                "learner by a shorter one.",
                path="agent",
            )
        return text, made

    def recognises(self, token: str) -> bool:
        """Return whether a text looks like the token of a learner."""
        return token.startswith(PREFIX)

    def key_of(self, token: str) -> str:
        """Return the key that minted a token; raise UnauthorizedError unless it was made here."""
        return self.read(token).key

    def check(self, token: str, origin: str | None) -> Credential:
        """Return what a token allows now; raise UnauthorizedError, or ForbiddenError for a page of another origin."""
        said = self.read(token)
        if said.expires <= now_us():
            raise UnauthorizedError(
                f"This token expired at {format_timestamp(said.expires)}; ask the server of the page for a new one."
            )
        minting = self._held.find_minting(said.key, said.id)
        if origin != said.origin:
            raise ForbiddenError(
                f"This token is for pages of {said.origin} alone, and the request comes from {origin or 'no page'}; "
                "ask for a token for this origin."
            )
        scopes = granted_among(said.scopes, minting.scopes)
        return Credential(minting.key, minting.name, minting.store, scopes, said.learner)

    def _read(self, token: str) -> LearnerToken:
        """Return what a token says; raise UnauthorizedError unless it was made here."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise InvalidTokenError(f"It has more than {LONGEST_TOKEN} characters.")
            said = parse_json(self._signed.read(token.removeprefix(PREFIX)))
        except InvalidTokenError as error:
            raise UnknownTokenError(
                "This token was cut, changed or made elsewhere; ask the server of the page for a new one."
            ) from error
        name, key, learner, scopes, *rest = said
        return LearnerToken(name, key, learner, tuple(scopes), *rest)

    def revoke(self, token: str, by: Credential) -> None:
        """Revoke a token; return once no process takes it.

        Raise NotFoundError for one that another credential minted, TooManyRequestsError if too many are revoked.
        """
        said = self.read(token)
        if said.key != by.key:
            raise NotFoundError("This credential minted no such token; use the one that did.", path="token")
        if said.expires <= now_us():
            return
        if not add_revoked_token(self._database, said.key, said.id, said.expires, MOST_REVOKED):
            raise TooManyRequestsError(
                f"{MOST_REVOKED:,} revoked tokens of this credential have not expired yet; wait until some have, or "
                "revoke the credential.",
                retry_after_s=60,
            )
        wait_until_read_again()


def _require_grantable(minting: Credential, scopes: Sequence[str]) -> None:
    """Raise unless each scope may be a learner's (400) and the minting credential has it (403)."""
    foreign = [scope for scope in scopes if scope not in GRANTED_TO_LEARNERS]
    if foreign or not scopes:
        raise RequestRefusedError(
            f"{foreign or 'no scope'} cannot be granted to a learner; the scopes are: {listed(GRANTED_TO_LEARNERS)}.",
            path="scopes",
        )
    lacking = [scope for scope in scopes if not minting.grants(scope)]
    if lacking:
        raise ForbiddenError(
            f"This credential lacks {lacking} and cannot grant what it lacks (it has: {listed(minting.scopes)}).",
            path="scopes",
        )
