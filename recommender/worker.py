"""gunicorn's threaded worker, which gives a thread only to requests that have arrived.

Clients that send slowly, or nothing, wait in the poller, where they cost nothing. What may still be on its way
when a thread takes it, a large body, has a deadline, and so has the answer.
"""

from __future__ import annotations

import re
import socket
import time
from collections import deque
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

WHOLE_UP_TO = 64 * 1024
ARRIVES_WITHIN_S = 20
BODY_WITHIN_S = 30
SLOWEST_BYTES_PER_S = 8 * 1024
CHUNKED_WITHIN_S = 300
ANSWERED_WITHIN_S = 900
LINGERS_S = 2.0
MOMENT_S = 0.05
LOOKED_AT_EVERY_S = 1.0

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?:\r\n|\Z)", re.IGNORECASE)
_NOT_AT_ONCE = re.compile(rb"\r\n(?:expect:[ \t]*100-continue|transfer-encoding:)", re.IGNORECASE)
_HEAD_ENDS = b"\r\n\r\n"


class ArrivedRequestsWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Waits for whole requests (for their heads, if the body is large) before a thread takes them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._handled: dict[Any, tuple[float, int]] = {}
        self._looked_at = 0.0

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread if its request has arrived; else wait for more of it."""
        if _has_read_ahead(conn):
            conn.said_bytes = None
            self._hand_over(conn)
            return
        data = _peek(conn.sock)
        ended = data is not None and len(data) == getattr(conn, "seen", -1)
        if ended or (data and has_arrived(data)) or data == b"":
            conn.said_bytes = said_bytes(data or b"")
            self._hand_over(conn)
        else:
            self._wait_for_more(conn, len(data or b""))

    def _hand_over(self, conn: Any) -> None:
        if getattr(conn, "seen", -1) > 0:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        conn.seen, conn.arrives_by, conn.data_ready = -1, None, True
        super().enqueue_req(conn)

    def _wait_for_more(self, conn: Any, seen: int) -> None:
        if seen:  # wake up for more than what is there already
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)
        if getattr(conn, "arrives_by", None) is None:
            conn.arrives_by = time.monotonic() + ARRIVES_WITHIN_S
        conn.seen, conn.timeout = seen or -1, conn.arrives_by if self.alive else time.monotonic() + LINGERS_S
        conn.sock.setblocking(False)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Any) -> Any:
        """Handle a request in a thread, under the eye of `murder_pending`."""
        self._handled[conn] = (time.monotonic(), conn.said_bytes)
        try:
            return super().handle(conn)
        finally:
            self._handled.pop(conn, None)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Tell whether the connection is good for another request; a large body that nobody read ends it."""
        if not keepalive or is_whole(conn.said_bytes):
            return bool(super()._keepalive_after(conn, keepalive))
        return bool(conn.parser.finish_body(deadline=time.monotonic() + MOMENT_S))

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Take the connection back from its thread; one that ends is watched until the client has ended it too."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        _shut(conn.sock, socket.SHUT_WR)
        with suppress(OSError):
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))
            conn.timeout = time.monotonic() + LINGERS_S
            self.pending_conns.append(conn)
            return
        self.nr_conns -= 1
        conn.close()

    def _discard(self, conn: Any, client: socket.socket) -> None:
        """Read what a client still sends to a connection that ended: closed at once, it would lose its answer."""
        with suppress(BlockingIOError):
            if _received(client):
                return
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self.nr_conns -= 1
            conn.close()

    def murder_pending(self) -> None:
        """Give up connections whose requests do not arrive, and those too slow to be waited for any longer."""
        now = time.monotonic()
        if now - self._looked_at < LOOKED_AT_EVERY_S:
            return
        self._looked_at = now
        self.pending_conns: deque[Any] = deque(sorted(self.pending_conns, key=lambda conn: conn.timeout))
        super().murder_pending()
        for conn, (began, length) in list(self._handled.items()):
            if now - began > ANSWERED_WITHIN_S:
                _shut(conn.sock, socket.SHUT_RDWR)
            elif now - began > seconds_for(length):
                _shut(conn.sock, socket.SHUT_RD)  # who reads the body finds its end; the answer still goes

    def _cap_keepalive(self, deadline: float) -> None:
        """Begin to stop: take who knocked already, turn the others away, give the slow ones until the deadline."""
        for listener in self.sockets:
            self._accept_all(listener)
            listener.close()
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _accept_all(self, listener: Any) -> None:
        known = -1
        while known < self.nr_conns < self.worker_connections:
            known = self.nr_conns
            self.accept(listener)


def has_arrived(data: bytes) -> bool:
    """Tell whether a thread would not have to wait for this request, or only for its large body."""
    head, end, body = data.partition(_HEAD_ENDS)
    if not end:
        return len(data) >= WHOLE_UP_TO
    length = said_bytes(data)
    if not is_whole(length) or _NOT_AT_ONCE.search(head):
        return True
    return len(body) >= (length or 0) or len(data) >= WHOLE_UP_TO


def is_whole(length: int | None) -> bool:
    """Tell whether a body of this length was waited for before a thread took its request."""
    return length is not None and length <= WHOLE_UP_TO


def said_bytes(data: bytes) -> int | None:
    """Return how long a request says its body is; None if it does not say."""
    head = data.partition(_HEAD_ENDS)[0]
    found = _LENGTH.search(head)
    if found:
        return int(found[1])
    return None if _NOT_AT_ONCE.search(head) else 0


def seconds_for(length: int | None) -> float:
    """Return how long the body of a request may take to come."""
    return CHUNKED_WITHIN_S if length is None else BODY_WITHIN_S + length / SLOWEST_BYTES_PER_S


def _has_read_ahead(conn: Any) -> bool:
    """Tell whether a part of the next request was read together with the one before."""
    return conn.parser is not None and bool(conn.parser.unreader.buf.getvalue())


def _peek(sock: socket.socket) -> bytes | None:
    """Return what has come and nobody read; None where that is nothing, empty if nothing more will."""
    try:
        return sock.recv(WHOLE_UP_TO, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(WHOLE_UP_TO)
    except ConnectionError:
        return b""


def _shut(sock: socket.socket, how: int) -> None:
    with suppress(OSError):
        sock.shutdown(how)
