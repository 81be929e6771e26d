"""Bearer tokens (RFC 6750): a chain of verifiers, of which each checks the tokens of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lrs.auth.credentials import Credential
from lrs.errors import UnauthorizedError, UnknownTokenError

MOST_CHARACTERS = 16 * 1024
"""Beyond this no token is looked at; those of identity providers have a few thousand characters."""


class Verifier(Protocol):
    """Checks the tokens of one kind."""

    def recognises(self, token: str) -> bool:
        """Return whether a token has the shape of this kind; nothing else of it is checked."""
        ...

    def key_of(self, token: str) -> str:
        """Return the key that stands in a token whose signature is right; empty where tokens name none.

        Raise UnauthorizedError for any other token. Nothing is asked of the database.
        """
        ...

    def check(self, token: str, origin: str | None) -> Credential:
        """Return what the token allows; raise UnauthorizedError, or ForbiddenError (another origin, a closed store).

        `origin` is that of the page that sent it, None where no browser says one.
        """
        ...


class BearerTokens:
    """Asks the verifier that recognises a token."""

    def __init__(self, verifiers: Sequence[Verifier]) -> None:
        self._verifiers = tuple(verifiers)

    def key_of(self, token: str) -> str:
        """Return the key of the credential that a token was signed for here; empty for any other token."""
        try:
            return next((one.key_of(token) for one in self._verifiers if one.recognises(token)), "")
        except UnauthorizedError:
            return ""

    def check(self, token: str, origin: str | None) -> Credential:
        """Return the credential that a token stands for; raise UnauthorizedError, ForbiddenError."""
        if len(token) > MOST_CHARACTERS:
            raise UnknownTokenError(
                f"The token has {len(token)} characters, and no token here has more than {MOST_CHARACTERS}; ask for "
                "a new one."
            )
        for verifier in self._verifiers:
            if verifier.recognises(token):
                return verifier.check(token, origin)
        raise UnknownTokenError(
            "The token was not made here or was cut; ask for a new one, or send key and secret by HTTP Basic."
        )
