"""Bodies of requests: awaited only when the answer depends on them, then read within a limit and a budget.

The web server has the head of a large request answered first. The application answers as it always does; when it comes
to the body it raises `BodyWanted` instead, and only then is the body received.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, g
from werkzeug.wrappers import Request

from lrs.errors import PayloadTooLargeError, RequestRefusedError, ServiceUnavailableError
from lrs.resources.encodings import decoded, is_encoded
from lrs.resources.multipart import Readable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ASKED = "learnerprise.asked"
"""Set in the environment of a request whose head was answered by `BodyWanted`: it is counted already."""
WORK = "learnerprise.work"
BLOCK_BYTES = 64 * 1024
SMALL_BYTES = 64 * 1024
"""Bodies up to this size are received before anything is asked, and cost no budget."""
CODING_BYTES = 64 * 1024
"""What a content coding may add to a body that it cannot make smaller."""


class BodyWanted(BaseException):
    """The answer depends on the body: receive up to `limit` bytes of it (None: as many as anywhere).

    `holder` is the key of the credential that was let in. Not an Exception, since it is no answer to a client.
    """

    def __init__(self, limit: int | None = None, holder: str = "") -> None:
        super().__init__(limit, holder)
        self.limit = limit
        self.holder = holder


class AwaitedBody:
    """The input of a request whose head alone is there, and perhaps the first bytes of its body."""

    def __init__(self, first: bytes = b"") -> None:
        self._first = first

    def read(self, size: int = -1, /) -> bytes:
        """Return of the first bytes; raise BodyWanted after the last of them."""
        if not self._first:
            raise BodyWanted
        size = len(self._first) if size < 0 else size
        found, self._first = self._first[:size], self._first[size:]
        return found


class Budget:
    """How many bytes of bodies this process works on at the same time."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._lock = threading.Lock()

    def take(self, size: int, own: int) -> bool:
        """Count more bytes if there is room for them, or nobody else has any (`own` are held already)."""
        with self._lock:
            fits = self._held + size <= self._most or self._held == own
            self._held += size if fits else 0
            return fits

    def give_back(self, size: int) -> None:
        """Count bytes that are not worked on any more."""
        with self._lock:
            self._held -= size


class Work:
    """What one request takes of the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._read, self._counted = budget, 0, 0

    def take(self, size: int) -> None:
        """Count bytes of the body; raise ServiceUnavailableError if the process works on too many."""
        self._read += size
        if self._read <= SMALL_BYTES:
            return
        more = self._read - self._counted
        if not self._budget.take(more, self._counted):
            raise ServiceUnavailableError("Too many large requests at once; send the request again shortly.")
        self._counted = self._read

    def end(self) -> None:
        """Give everything back."""
        if self._counted:
            self._budget.give_back(self._counted)


def register_budget(app: Flask, most_bytes: int) -> None:
    """Let the bodies of all requests at work in this process share one budget."""
    inner: WSGIApplication = app.wsgi_app
    budget = Budget(most_bytes)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        work = environ[WORK] = Work(budget)
        try:
            return inner(environ, start_response)
        finally:
            work.end()

    app.wsgi_app = answer  # type: ignore[method-assign]


def want_body(sent: Request, limit: int) -> None:
    """Raise BodyWanted if the body has not been received yet, PayloadTooLargeError if it is beyond the limit."""
    if (sent.content_length or 0) > _received_bytes(sent, limit):
        raise too_large(limit)
    if isinstance(sent.environ["wsgi.input"], AwaitedBody):
        raise BodyWanted(_received_bytes(sent, limit), g.credential.key if "credential" in g else "")


def open_body(sent: Request, limit: int) -> Readable:
    """Return the body of a request without its content coding, as a stream.

    Raise PayloadTooLargeError, UnsupportedContentEncodingError, and BodyWanted if it has not been received yet.
    """
    sent.max_content_length = sys.maxsize
    stream = decoded(sent.stream, sent.headers)
    want_body(sent, limit)
    return stream


def _received_bytes(sent: Request, limit: int) -> int:
    return limit + CODING_BYTES if is_encoded(sent.headers) else limit


def read_whole(sent: Request, limit: int) -> bytes:
    """Return the body of a request; raise for one too large (413) or not as long as it was said to be (400)."""
    stream, said = open_body(sent, limit), sent.content_length
    body = read_up_to(iter(partial(stream.read, BLOCK_BYTES), b""), limit, sent.environ)
    if said not in (None, len(body)) and not is_encoded(sent.headers):
        raise RequestRefusedError(
            f"The body has {len(body)} bytes, Content-Length says {said}; send as many."
        )
    return body


def read_up_to(blocks: Iterable[bytes], limit: int, environ: WSGIEnvironment) -> bytes:
    """Return blocks as one; raise PayloadTooLargeError, or ServiceUnavailableError if the process has no room."""
    work: Work = environ[WORK]
    body = bytearray()
    for block in blocks:
        body += block
        work.take(len(block))
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def too_large(limit: int) -> PayloadTooLargeError:
    """Return the error of a body beyond a limit."""
    return PayloadTooLargeError(f"The body is larger than {limit} bytes; send less at once.")
