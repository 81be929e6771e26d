"""Back-pressure: some requests are handled at once, some wait for their turn, all others are refused (503).

So a service that is asked for more than it can do goes on doing what it can, and no client waits for long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.wsgi import ClosingIterator

from lrs.errors import ServiceUnavailableError
from lrs.resources.alternate import REFUSAL

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ALWAYS_ANSWERED = frozenset({"/health/alive"})
LARGE_BYTES = 64 * 1024
STREAMED = "learnerprise.streamed"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests a process handles at once, how many may wait, and how long (s)."""

    at_once: int
    waiting: int
    wait_s: float


class Admission:
    """WSGI middleware: lets requests in by turns, or marks them as refused for the application to say so.

    Requests with a large body have at most half of the room and of the turns: they come in as slowly as their
    clients send.
    """

    def __init__(self, application: WSGIApplication, limits: Limits) -> None:
        self._application = application
        self._wait_s = limits.wait_s
        room = limits.at_once + limits.waiting
        self._room, self._turns = threading.Semaphore(room), threading.Semaphore(limits.at_once)
        self._large_room = threading.Semaphore(max(1, room // 2))
        self._large_turns = threading.Semaphore(max(1, limits.at_once // 2))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") in ALWAYS_ANSWERED:
            return self._application(environ, start_response)
        turn = ExitStack()
        if not self._enter(turn, is_large(environ)):
            turn.close()
            _refuse(environ)
        with ExitStack() as failed:
            failed.callback(turn.close)
            answer = self._application(environ, start_response)
            failed.pop_all()
        if environ.get(STREAMED):
            return ClosingIterator(answer, turn.close)
        turn.close()
        return answer

    def _enter(self, turn: ExitStack, large: bool) -> bool:
        """Wait for a turn; return whether there was one. What was taken is given back when `turn` is closed."""
        until = time.monotonic() + self._wait_s
        for room in [self._large_room, self._room] if large else [self._room]:
            if not _take(turn, room, 0):
                return False
        turns = [self._large_turns, self._turns] if large else [self._turns]
        return all(_take(turn, each, until - time.monotonic()) for each in turns)


def _take(turn: ExitStack, places: threading.Semaphore, wait_s: float) -> bool:
    """Take a place, to be given back when `turn` is closed; return whether one came free in time."""
    if not places.acquire(timeout=max(0, wait_s)):
        return False
    turn.callback(places.release)
    return True


def _refuse(environ: WSGIEnvironment) -> None:
    """Leave the body where it is and the reason for the application, which gives every answer its shape."""
    environ[REFUSAL] = ServiceUnavailableError(
        "The service is asked for more than it can do just now; send the request again shortly."
    )
    environ["wsgi.input"] = BytesIO()
    environ["CONTENT_LENGTH"] = "0"
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def is_large(environ: WSGIEnvironment) -> bool:
    """Tell whether a body is so large, or of unknown length, that it may still be on its way."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return "HTTP_TRANSFER_ENCODING" in environ or not length.isdecimal() or int(length) > LARGE_BYTES


def register_admission(app: Flask, limits: Limits) -> None:
    """Let the application handle requests by turns; what is registered later stands outside."""
    app.wsgi_app = Admission(app.wsgi_app, limits)  # type: ignore[method-assign]

    @app.after_request
    def note(response: Response) -> Response:
        """Tell the middleware how the answer goes out."""
        request.environ[STREAMED] = response.is_streamed
        return response
