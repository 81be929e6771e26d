"""Going on where an answer ended: the token holds what was shown, so nothing comes twice whatever happens between.

Its first bytes are a digest of the others, so that what was cut or changed is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Iterable

from schemas.errors import InvalidInputError

MARK_BYTES = 5
MOST_SHOWN = 500

Marks = frozenset[bytes]


def mark(activity: str) -> bytes:
    """Return the short mark of an Activity id."""
    return _short(activity.encode())


def make_token(shown: Marks, activities: Iterable[str]) -> str:
    """Return the token of the next page; empty when so much was shown that there is none."""
    marks = b"".join(sorted(shown | {mark(activity) for activity in activities}))
    if len(marks) > MOST_SHOWN * MARK_BYTES:
        return ""
    return base64.urlsafe_b64encode(_short(marks) + marks).decode().rstrip("=")


def read_token(token: str) -> Marks:
    """Return the marks of what was shown; raise InvalidInputError for what is no token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refusal() from error
    check, marks = raw[:MARK_BYTES], raw[MARK_BYTES:]
    if not marks or check != _short(marks) or len(marks) > MOST_SHOWN * MARK_BYTES:
        raise _refusal()
    return frozenset(marks[start : start + MARK_BYTES] for start in range(0, len(marks), MARK_BYTES))


def is_shown(activity: str, shown: Collection[bytes]) -> bool:
    """Tell whether an Activity was on an earlier page."""
    return bool(shown) and mark(activity) in shown


def _short(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=MARK_BYTES).digest()


def _refusal() -> InvalidInputError:
    return InvalidInputError(
        'parameter more is not a token; ask for the address that came as "more", or leave the parameter out',
        path="more",
        code="invalid_parameter",
    )
