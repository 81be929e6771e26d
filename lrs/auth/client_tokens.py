"""OAuth 2 tokens for clients (RFC 6749 4.4): each is a credential itself, for a while, with some of its scopes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from lrs.auth.credentials import Credential
from lrs.auth.held import HeldCredentials
from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import UnauthorizedError, UnknownTokenError
from schemas.json_text import dump_json, parse_json

PREFIX = "client_"
VERSION = 1


class ClientTokens:
    """Issues and checks them. Statements stored with one have the authority of the credential."""

    def __init__(
        self,
        secret_key: str,
        credentials: HeldCredentials,
        valid_s: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.valid_s = valid_s
        self._tokens = SignedTokens(secret_key, "client-token", VERSION)
        self._credentials = credentials
        self._clock = clock

    def issue(self, credential: Credential, scopes: Collection[str]) -> str:
        """Return a token for a credential, with these of its scopes."""
        ends = int(self._clock()) + self.valid_s
        return PREFIX + self._tokens.write(dump_json([credential.key, ends, *sorted(scopes)]))

    def recognises(self, token: str) -> bool:
        """Return whether a token may be one of these."""
        return token.startswith(PREFIX)

    def key_of(self, token: str) -> str:
        """Return the key of the credential that a token is of; raise UnauthorizedError unless it was made here."""
        return str(self._read(token)[0])

    def _read(self, token: str) -> list[Any]:
        try:
            said: list[Any] = parse_json(self._tokens.read(token.removeprefix(PREFIX)))
        except InvalidTokenError as error:
            raise UnknownTokenError(
                "The token was cut, changed or made elsewhere; ask for a new one."
            ) from error
        return said

    def check(self, token: str, origin: str | None) -> Credential:
        """Return the credential with those scopes of a token that it still has.

        Raises UnauthorizedError, ForbiddenError (a closed store).
        """
        key, ends, *scopes = self._read(token)
        if self._clock() >= ends:
            raise UnauthorizedError("The token has expired; ask for a new one (POST /oauth2/token).")
        credential = self._credentials.find(key)
        return replace(credential, scopes=frozenset(filter(credential.grants, scopes)))
