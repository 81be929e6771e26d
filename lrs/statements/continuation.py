"""The `more` link: all that the next page needs, signed, so that no server remembers it and none forges it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from lrs.errors import ForbiddenError, RequestRefusedError
from lrs.storage.database import StoreId
from lrs.storage.statements.documents import SeqRange
from schemas.queries import StatementQuery

SALT = "statements-more"
_FIELDS = [field.name for field in dataclasses.fields(StatementQuery)]


@dataclass(frozen=True, slots=True)
class Continuation:
    """A query, and the order keys still to be read; the range is fixed when the first page is."""

    query: StatementQuery
    span: SeqRange


class ContinuationTokens:
    """Writes and reads the tokens of `more` links."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=SALT)

    def write(self, store: StoreId, item: Continuation) -> str:
        """Return the token."""
        query = {name: getattr(item.query, name) for name in _FIELDS}
        token = self._serializer.dumps([str(store), query, item.span.low.hex(), item.span.high.hex()])
        return token if isinstance(token, str) else token.decode()

    def read(self, store: StoreId, token: str) -> Continuation:
        """Return what a token says; raise if it was not made here, or for another store."""
        try:
            owner, query, low, high = self._serializer.loads(token)
        except BadSignature as error:
            message = (
                "This `more` link was not made by this service or was cut; start again from the first page."
            )
            raise RequestRefusedError(message, rule="xAPI 1.0.3 Data 2.5") from error
        if owner != str(store):
            raise ForbiddenError(
                "This `more` link belongs to another store; use the credential it was made for."
            )
        return Continuation(StatementQuery(**query), SeqRange(bytes.fromhex(low), bytes.fromhex(high)))
