"""Work ends when the client that asked for it is gone: long readings ask now and then whether it is still there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lrs.errors import ClientGoneError

IsGone = Callable[[], bool]

_is_gone: ContextVar[IsGone | None] = ContextVar("is_gone", default=None)


@contextmanager
def for_client(is_gone: IsGone | None) -> Iterator[None]:
    """Do the work of the block for one client only: `require_client` may end it. None: it is for everybody."""
    token = _is_gone.set(is_gone)
    try:
        yield
    finally:
        _is_gone.reset(token)


def require_client() -> None:
    """Raise ClientGoneError if this work is for a client that is gone."""
    is_gone = _is_gone.get()
    if is_gone is not None and is_gone():
        raise ClientGoneError("The client closed the connection before the answer was made.")
