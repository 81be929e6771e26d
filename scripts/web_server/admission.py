"""Back-pressure: some requests are handled at once, some wait for their turn, all others are refused (503, 429).

An overloaded service keeps working at its full rate, and clients get an answer quickly. Stores take turns, so that
one that asks for too much waits by itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Protocol

from cachetools import LRUCache
from waitress.task import ThreadedTaskDispatcher
from werkzeug.http import parse_cookie

from lrs.config import Settings
from lrs.errors import LrsError, ServiceUnavailableError, TooManyRequestsError
from pages.visitors import COOKIE
from scripts.web_server.heavy_routes import is_batch, is_heavy
from scripts.web_server.lines import UNKNOWN, Kind, Kinds, Lines

MOMENT_S = 0.1
"""A free thread takes this long at most to begin with a request."""
ALWAYS_ANSWERED = frozenset({"/health/alive"})
MOST_KNOWN = 10_000
KeyOf = Callable[[str], str]
"""Returns the key of a credential that an Authorization header was signed for; empty where that cannot be told."""


class Request(Protocol):
    """A request that has arrived (see `RequestParser`)."""

    command: str
    path: str
    query: str
    headers: dict[str, str]
    body_bytes_received: int
    error: Any
    refusal: LrsError | None
    arrived: float


class Connection(Protocol):
    """What waitress calls a task: a connection whose first request has arrived."""

    requests: list[Any]

    def service(self) -> None:
        """Answer the first request."""


class Turns:
    """The task dispatcher of waitress: gives requests to threads, store by store, each in the order of arrival.

    Refusals and requests that are always answered take no turn; one more thread answers them.
    """

    def __init__(self, settings: Settings, key_of: KeyOf = lambda authorization: "") -> None:
        self._key_of = key_of
        self.stopping = False
        self._longest_wait_s = max(MOMENT_S, settings.max_wait_s)
        self._kinds = Kinds.from_settings(settings)
        self._lines: Lines[Connection] = Lines()
        self._free = self._kinds.threads
        self._lock = threading.Lock()
        self._stores: LRUCache[Hashable, Hashable] = LRUCache(MOST_KNOWN)
        self._turns, self._at_once = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        self._turns.set_thread_count(self._kinds.threads)
        self._at_once.set_thread_count(1)

    def add_task(self, connection: Connection) -> None:
        """Have the first request of a connection answered: in its turn, or at once."""
        request: Request = connection.requests[0]
        request.arrived = time.monotonic()
        if request.error or request.refusal or request.path in ALWAYS_ANSWERED:
            self._at_once.add_task(connection)
            return
        kind, store = self._kind_of(request), self._store_of(request)
        with self._lock:
            is_in_line = self._lines.add(store, kind, connection, request.arrived)
            self._begin()
        if not is_in_line:
            request.refusal = _refusal(kind is self._kinds.heavy)
            self._at_once.add_task(connection)

    def learn(self, request: Request, store: Hashable) -> None:
        """Remember which store the credential of a request opens."""
        key, sent = self._key_of(request.headers.get("AUTHORIZATION", "")), _credential_of(request)
        with self._lock:
            for known in filter(None, (key, sent)):
                self._stores[known] = store

    def refusal_of(self, request: Request) -> LrsError | None:
        """Return why a request whose turn has come is refused nevertheless, or None."""
        if request.refusal is None and time.monotonic() - request.arrived > self._longest_wait_s:
            return _refusal(is_heavy(request))
        return request.refusal

    def shutdown(self, timeout_s: float) -> None:
        """Let the threads finish what they are doing, and end them."""
        for dispatcher in (self._turns, self._at_once):
            dispatcher.shutdown(cancel_pending=False, timeout=timeout_s)

    def end(self, line: tuple[Hashable, str]) -> None:
        """Give the thread of a turn that is over to the next one."""
        with self._lock:
            self._free += 1
            self._lines.done(line)
            self._begin()

    def _kind_of(self, request: Request) -> Kind:
        if is_heavy(request):
            return self._kinds.heavy
        return self._kinds.batch if is_batch(request) else self._kinds.light

    def _store_of(self, request: Request) -> Hashable:
        """Return the store that a credential is known to open; of a new token, that of the key it is signed for."""
        with self._lock:
            store = self._stores.get(_credential_of(request), UNKNOWN)
        if store is not UNKNOWN:
            return store
        key = self._key_of(request.headers.get("AUTHORIZATION", ""))
        with self._lock:
            return self._stores.get(key, UNKNOWN)

    def _begin(self) -> None:
        while self._free and (taken := self._lines.take()):
            self._free -= 1
            self._turns.add_task(_Turn(self, *taken))


class _Turn:
    """A connection whose first request is in hand."""

    def __init__(self, turns: Turns, connection: Connection, line: tuple[Hashable, str]) -> None:
        self._turns, self._connection, self._line = turns, connection, line

    def service(self) -> None:
        try:
            self._connection.service()
        finally:
            self._turns.end(self._line)


def _credential_of(request: Request) -> int:
    """Return a number that stands for the credential as it was sent, else for the session of a page; 0 for neither.

    What is kept must not be a secret.
    """
    sent = request.headers.get("AUTHORIZATION") or parse_cookie(request.headers.get("COOKIE", "")).get(COOKIE)
    return hash(sent) if sent else 0


def _refusal(heavy: bool) -> LrsError:
    if heavy:
        return TooManyRequestsError(
            "Too many large answers are asked for at once; send the request again shortly."
        )
    return ServiceUnavailableError("The service is overloaded; send the request again shortly.")
