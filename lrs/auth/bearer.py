"""Bearer tokens (RFC 6750): a chain of verifiers, of which each checks the tokens of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lrs.auth.credentials import Credential
from lrs.errors import UnauthorizedError

MOST_CHARACTERS = 16 * 1024
"""Beyond this no token is looked at; those of identity providers have a few thousand characters."""


class Verifier(Protocol):
    """Checks the tokens of one kind."""

    def recognises(self, token: str) -> bool:
        """Return whether a token has the shape of this kind; nothing else of it is checked."""
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

    def check(self, token: str, origin: str | None) -> Credential:
        """Return the credential that a token stands for; raise UnauthorizedError, ForbiddenError."""
        if len(token) > MOST_CHARACTERS:
            raise UnauthorizedError(
                f"The token has {len(token)} characters, and no token here has more than {MOST_CHARACTERS}; ask for "
                "a new one."
            )
        for verifier in self._verifiers:
            if verifier.recognises(token):
                return verifier.check(token, origin)
        raise UnauthorizedError(
            "The token was not made here or was cut; ask for a new one, or send key and secret by HTTP Basic."
        )
