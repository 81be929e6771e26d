"""Page tokens: a signed token holds what was shown, so nothing comes twice whatever happens between the pages."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Literal

from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.storage.database import StoreId
from schemas.errors import InvalidInputError

PageKind = Literal["nuggets", "peers"]

VERSION = 1
MARK_BYTES = 5
MOST_SHOWN = 500

Marks = frozenset[bytes]


class PageTokens:
    """Writes and reads the tokens of one kind of page; one made for another store is refused."""

    def __init__(self, secret_key: str, kind: PageKind) -> None:
        self._tokens = SignedTokens(secret_key, kind, VERSION)

    def write(self, store: StoreId, shown: Marks, ids: Iterable[str]) -> str:
        """Return the token of the next page; empty when so much was shown that there is none."""
        marks = shown | {mark(one) for one in ids}
        if len(marks) > MOST_SHOWN:
            return ""
        return self._tokens.write(store.binary + b"".join(sorted(marks)))

    def read(self, store: StoreId, token: str) -> Marks:
        """Return the marks of what was shown, nothing for an empty token; raise InvalidInputError."""
        if not token:
            return frozenset()
        try:
            payload = self._tokens.read(token)
        except InvalidTokenError as error:
            raise _refusal() from error
        owner, marks = payload[: len(store.binary)], payload[len(store.binary) :]
        if owner != store.binary:
            raise _refusal()
        return frozenset(marks[start : start + MARK_BYTES] for start in range(0, len(marks), MARK_BYTES))


def mark(shown_id: str) -> bytes:
    """Return the short mark of an Activity id, or of a persona's."""
    return hashlib.blake2b(shown_id.encode(), digest_size=MARK_BYTES).digest()


def is_shown(shown_id: str, shown: Collection[bytes]) -> bool:
    """Return whether an Activity or a person was on an earlier page."""
    return bool(shown) and mark(shown_id) in shown


def _refusal() -> InvalidInputError:
    return InvalidInputError(
        'parameter more is not a token of this release; ask for the address that came as "more", '
        "or leave the parameter out to ask again from the start",
        path="more",
        code="invalid_parameter",
    )
