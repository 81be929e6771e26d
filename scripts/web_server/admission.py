"""Back-pressure: some requests are handled at once, some wait for their turn, all others are refused (503).

An overloaded service keeps working at its full rate, and clients get an answer quickly.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Protocol

from waitress.task import ThreadedTaskDispatcher

from lrs.config import Settings
from lrs.errors import LrsError, ServiceUnavailableError

MOMENT_S = 0.1
"""A free thread takes this long at most to begin with a request."""
ALWAYS_ANSWERED = frozenset({"/health/alive"})


class Request(Protocol):
    """A request that has arrived (see `RequestParser`)."""

    path: str
    error: Any
    refusal: LrsError | None
    ends_early: bool
    arrived: float


class Connection(Protocol):
    """What waitress calls a task: a connection whose first request has arrived."""

    requests: list[Any]

    def service(self) -> None:
        """Answer the first request."""

    def cancel(self) -> None:
        """Drop all requests."""


class Turns:
    """The task dispatcher of waitress: gives requests to threads in the order of their arrival.

    Refusals and requests that are always answered take no turn; one more thread answers them.
    """

    def __init__(self, settings: Settings) -> None:
        self.stopping = False
        self._room = threading.Semaphore(settings.threads + settings.max_waiting)
        self._longest_wait_s = max(MOMENT_S, settings.max_wait_s)
        self._turns, self._at_once = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        self._turns.set_thread_count(settings.threads)
        self._at_once.set_thread_count(1)

    def add_task(self, connection: Connection) -> None:
        """Have the first request of a connection answered: in its turn, or at once."""
        request: Request = connection.requests[0]
        request.arrived = time.monotonic()
        if request.error or request.ends_early or request.path in ALWAYS_ANSWERED:
            self._at_once.add_task(connection)
        elif self._room.acquire(blocking=False):
            self._turns.add_task(_Turn(connection, self._room))
        else:
            request.refusal = _busy()
            self._at_once.add_task(connection)

    def refusal_of(self, request: Request) -> LrsError | None:
        """Return why a request whose turn has come is refused nevertheless, or None."""
        if request.refusal is None and time.monotonic() - request.arrived > self._longest_wait_s:
            return _busy()
        return request.refusal

    def shutdown(self, timeout_s: float) -> None:
        """Let the threads finish what they are doing, and end them."""
        for dispatcher in (self._turns, self._at_once):
            dispatcher.shutdown(cancel_pending=False, timeout=timeout_s)


class _Turn:
    """A connection that has a place among those handled or waiting, until its request is answered."""

    def __init__(self, connection: Connection, room: threading.Semaphore) -> None:
        self._connection, self._room = connection, room

    def service(self) -> None:
        try:
            self._connection.service()
        finally:
            self._room.release()

    def cancel(self) -> None:
        self._room.release()
        self._connection.cancel()


def _busy() -> ServiceUnavailableError:
    return ServiceUnavailableError("The service is overloaded; send the request again shortly.")
