"""The `more` link: all that the next page needs, signed, so that no server remembers it and none forges it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import ForbiddenError, RequestRefusedError
from lrs.storage.database import StoreId
from lrs.storage.statement_documents import SeqRange
from schemas.json_text import dump_json, parse_json
from schemas.queries import StatementQuery

KIND, VERSION = "statements", 1
"""A payload whose fields mean something else needs a new version."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """A query, and the order keys still to be read; the range is fixed when the first page is."""

    query: StatementQuery
    span: SeqRange


class ContinuationTokens:
    """Writes and reads the tokens of `more` links."""

    def __init__(self, secret_key: str) -> None:
        self._tokens = SignedTokens(secret_key, KIND, VERSION)

    def write(self, store: StoreId, item: Continuation) -> str:
        """Return the token."""
        span = [item.span.low.hex(), item.span.high.hex()]
        return self._tokens.write(dump_json([str(store), dataclasses.asdict(item.query), *span]))

    def read(self, store: StoreId, token: str) -> Continuation:
        """Return what a token says; raise if it was not made here by this release, or for another store."""
        try:
            owner, query, low, high = parse_json(self._tokens.read(token))
            item = Continuation(StatementQuery(**query), SeqRange(bytes.fromhex(low), bytes.fromhex(high)))
        except (InvalidTokenError, TypeError, ValueError) as error:
            message = "This `more` link was cut or was not made by this release; ask again from the start."
            raise RequestRefusedError(message, rule="xAPI 1.0.3 Data 2.5") from error
        if owner != str(store):
            raise ForbiddenError(
                "This `more` link belongs to another store; use the credential it was made for."
            )
        return item
