"""The connections of a worker process, and how their requests reach the application.

Each class extends one of waitress, which names the class it uses in an attribute (`channel_class`, `parser_class`,
`task_class`, `error_task_class`).
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from lrs.resources.alternate import REFUSAL
from lrs.resources.bodies import ASKED, BodyWanted
from lrs.resources.requests import STORE
from scripts.web_server.admission import Turns
from scripts.web_server.answers import ErrorAnswer
from scripts.web_server.early_refusals import BodyLimits, RequestParser

ANSWER_STALLS_S = 20
ANSWERED_WITHIN_S = 900
LINGERS_S = 10.0
LINGERS_SILENT_S = 2.0
MOST_LINGERING = 1000
BLOCK_BYTES = 64 * 1024
WAITED_LONG_S = 0.1

Sockets = MutableMapping[int, Any]


class RequestTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Hands a request to the application, with the reason to refuse it where there is one."""

    def set_close_on_finish(self) -> None:
        """Close the connection after the answer, though not for having no body (204, 304), as waitress would."""
        asked = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if asked or self.has_body or self._turns().stopping:
            super().set_close_on_finish()

    def build_response_header(self) -> bytes:
        """Return the head of the answer, the last one of its connection while the process is stopping."""
        if self._turns().stopping:
            self.set_close_on_finish()
        return bytes(super().build_response_header())

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        environ: dict[str, Any] = super().get_environment()
        refusal = self._turns().refusal_of(self.request)
        if refusal is not None:
            environ[REFUSAL] = refusal
        if self.request.asked:
            environ[ASKED] = True
        return environ

    def service(self) -> None:
        """Answer the request, or go on receiving it if only its head is there and its body is wanted."""
        try:
            super().service()
        except BodyWanted as wanted:
            self.request.whole.go_on(wanted)
            self.channel.lingers = False

    def execute(self) -> None:
        """Have the application answer; remember whose request it was."""
        try:
            super().execute()
        finally:
            store = self.get_environment().get(STORE)
            if store is not None:
                self._turns().learn(self.request, store)

    def _turns(self) -> Turns:
        turns: Turns = self.channel.server.task_dispatcher
        return turns


class UnreadableRequestTask(ErrorTask):  # type: ignore[misc]
    """Answers what is not HTTP, or has too long a head, in the shape of all errors."""

    def execute(self) -> None:
        """Answer the request."""
        if not isinstance(self.request.error, ErrorAnswer):
            self.request.error = ErrorAnswer.of_waitress(self.request.error)
        super().execute()


class Connection(HTTPChannel):  # type: ignore[misc]
    """One connection of a client."""

    task_class = RequestTask
    error_task_class = UnreadableRequestTask
    sockets: Sockets
    limits: BodyLimits
    addresses: Addresses
    answering_since: float | None = None
    lingers = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_counted = True
        if not self.addresses.come(self.addr[0]):
            self.will_close = True

    def parser_class(self, adjustments: Adjustments) -> RequestParser:
        """Begin to read a request."""
        return RequestParser(self.limits, adjustments, self.addr[0])

    def received(self, data: bytes) -> bool:
        """Take bytes; have the head of a large request answered before its body comes.

        While a request is being answered waitress reads no more of this connection.
        """
        taken = bool(super().received(data))
        with self.requests_lock:
            if taken and self.request is not None and self.request.asks_now():
                self.requests.append(self.request.head_alone())
                if len(self.requests) == 1:
                    self.server.add_task(self)
        return taken

    def service(self) -> None:
        """Answer the first request, in a thread."""
        self.answering_since = time.monotonic()
        request = self.requests[0]
        self.lingers = request.ends_early or request.error is not None
        if self.answering_since - request.arrived > WAITED_LONG_S and self.check_client_disconnected():
            self.connected = False  # nobody waits for the answer any more
        super().service()
        if not self.connected:
            for abandoned in self.requests:
                abandoned.close()

    def check_client_disconnected(self) -> bool:
        """Return whether the client has closed the connection, as far as the system knows."""
        if not self.connected or self.socket is None:
            return True
        try:
            return not self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def handle_close(self) -> None:
        """Close, in the main thread."""
        if self.request is not None:
            self.request.close()
        if self.lingers and self.socket is not None and Lingering.number < MOST_LINGERING:
            with suppress(OSError):  # the client has closed already
                Lingering(self.socket.dup(), self.sockets)
        if self._is_counted:
            self._is_counted = False
            self.addresses.go(self.addr[0])
        super().handle_close()

    def is_stuck(self) -> bool:
        """Return whether the client does not read its answer, which may block a thread."""
        if not self.total_outbufs_len or not self.outbuf_lock.acquire(blocking=False):
            return False
        try:  # no thread is between making bytes and sending them
            stalled = time.time() - self.last_activity > ANSWER_STALLS_S
        finally:
            self.outbuf_lock.release()
        return stalled or time.monotonic() - (self.answering_since or time.monotonic()) > ANSWERED_WITHIN_S

    def is_idle(self) -> bool:
        """Return whether the connection is unused now and was so during the last moments."""
        started = self.request is not None and self.request.headers_finished
        busy = started or self.requests or self.total_outbufs_len
        return not busy and time.time() - self.last_activity > LINGERS_SILENT_S


class Lingering(wasyncore.dispatcher):  # type: ignore[misc]
    """Discards what a client goes on sending after its answer: closed at once, it might lose the answer."""

    number = 0

    def __init__(self, connection: socket.socket, sockets: Sockets) -> None:
        connection.shutdown(socket.SHUT_WR)
        super().__init__(connection, sockets)
        Lingering.number += 1
        self.connected = True
        self._until = time.monotonic() + LINGERS_S
        self._silent_until = time.monotonic() + LINGERS_SILENT_S

    def writable(self) -> bool:
        """Return False: nothing is sent any more."""
        return False

    def handle_read(self) -> None:
        """Take what has come."""
        self._silent_until = time.monotonic() + LINGERS_SILENT_S
        self.recv(BLOCK_BYTES)

    def handle_close(self) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close."""
        if self.connected:
            Lingering.number -= 1
        super().close()

    def is_over(self) -> bool:
        """Return whether the client has had enough time."""
        return time.monotonic() > min(self._until, self._silent_until)


class Addresses:
    """How many connections each address has; none may have more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def come(self, address: str) -> bool:
        """Count one more; return whether it may be served."""
        self._open[address] += 1
        return self._open[address] <= self._most

    def go(self, address: str) -> None:
        """Count one less."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


def connection_class(limits: BodyLimits, addresses: Addresses, sockets: Sockets) -> type[Connection]:
    """Return the class of the connections of one process: their limits, and all its open sockets."""
    return type(
        "ProcessConnection", (Connection,), {"limits": limits, "addresses": addresses, "sockets": sockets}
    )
