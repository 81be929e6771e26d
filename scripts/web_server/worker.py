"""One process of the web server: waitress over a listening socket that it shares with others.

python -m scripts.web_server.worker DESCRIPTOR MODULE:FUNCTION
"""

from __future__ import annotations

import logging
import os
import pkgutil
import resource
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from waitress import create_server, wasyncore

from lrs.config import Settings, read_settings
from lrs.logging import set_up_logging
from scripts.web_server.admission import KeyOf, Turns
from scripts.web_server.connections import Addresses, Lingering, Sockets, connection_class
from scripts.web_server.early_refusals import BodyLimits
from scripts.web_server.processes import BACKLOG, GRACE_S
from scripts.web_server.starting import StartingApplication

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_CONNECTIONS = 10_000
MOST_FILES = 65_536
FILES_PER_CONNECTION = 3
SHARE_OF_AN_ADDRESS = 0.5
LOOK_EVERY_S = 1.0
IDLE_S = 20
HEAD_BYTES = 64 * 1024
BODY_IN_MEMORY_BYTES = 128 * 1024
ANSWER_AHEAD_BYTES = 8 * 1024 * 1024
BLOCK_BYTES = 64 * 1024
SWITCH_EVERY_S = 0.0005
"""How long a thread that computes keeps the others waiting (Python's own 5 ms add up over the steps of a request)."""


class Worker:
    """The main loop of a process: accepts, reads and writes, while threads answer."""

    def __init__(
        self,
        application: WSGIApplication,
        listener: socket.socket,
        settings: Settings,
        key_of: KeyOf = lambda authorization: "",
    ) -> None:
        self._sockets: Sockets = {}
        self._turns = Turns(settings, key_of)
        adjustments = waitress_adjustments(allow_many_files())
        self._server = create_server(application, self._sockets, sockets=[listener], **adjustments)
        self._server.task_dispatcher = self._turns
        # Behind a proxy all connections come from one address.
        share = 1 if settings.trusted_proxies else SHARE_OF_AN_ADDRESS
        addresses = Addresses(int(share * adjustments["connection_limit"]))
        limits = BodyLimits.from_settings(settings)
        self._server.channel_class = connection_class(limits, addresses, self._sockets)
        self._stops_by: float | None = None
        self._looked_at = time.monotonic()

    def run(self) -> None:
        """Serve until stopped; return when all requests that had begun are answered."""
        while self._stops_by is None:
            self._turn_once()
        self._take_those_who_wait_outside()
        while self._connections() and time.monotonic() < self._stops_by:
            self._turn_once()
        self._turns.shutdown(max(1, self._stops_by - time.monotonic()))
        wasyncore.close_all(self._sockets)

    def stop(self, *_: object) -> None:
        """Begin to stop: a signal handler."""
        if self._stops_by is None:
            self._turns.stopping = True
            self._server.pull_trigger()  # wakes the main loop up
            self._stops_by = time.monotonic() + GRACE_S

    def _connections(self) -> list[Any]:
        return list(self._server.active_channels.values())

    def _turn_once(self) -> None:
        wasyncore.loop(LOOK_EVERY_S, use_poll=True, map=self._sockets, count=1)
        if time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            self._close_the_overdue()

    def _close_the_overdue(self) -> None:
        for connection in self._connections():
            if connection.is_stuck() or (self._turns.stopping and connection.is_idle()):
                connection.handle_close()
        for lingering in [item for item in self._sockets.values() if isinstance(item, Lingering)]:
            if lingering.is_over() or self._turns.stopping:
                lingering.close()

    def _take_those_who_wait_outside(self) -> None:
        """Accept the connections that the system holds already; from then on it refuses others."""
        known = -1
        while known < len(self._server.active_channels):
            known = len(self._server.active_channels)
            self._server.handle_accept()
        self._server.del_channel()
        self._server.socket.close()


def waitress_adjustments(files: int) -> dict[str, Any]:
    """Return the settings of waitress for a process that may open so many files."""
    return {
        "ident": None,  # no Server header
        "server_name": "localhost",  # for requests without a Host header
        "clear_untrusted_proxy_headers": False,  # the application takes them from as many proxies as are trusted
        "threads": 1,  # of a dispatcher that is replaced
        "backlog": BACKLOG,
        "connection_limit": min(MOST_CONNECTIONS, files // FILES_PER_CONNECTION),
        "channel_timeout": IDLE_S,
        "cleanup_interval": 5,
        "recv_bytes": BLOCK_BYTES,
        "max_request_header_size": HEAD_BYTES,
        "max_request_body_size": sys.maxsize,  # BodyLimits are lower
        "inbuf_overflow": BODY_IN_MEMORY_BYTES,
        "outbuf_high_watermark": ANSWER_AHEAD_BYTES,
    }


def allow_many_files() -> int:
    """Let this process open as many files as the system allows; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


def main() -> int:
    """Serve until SIGTERM."""
    descriptor, application = sys.argv[1:]
    settings = read_settings(os.environ)
    set_up_logging(settings.log_level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # Turns says what is too much
    made = StartingApplication(pkgutil.resolve_name(application))
    sys.setswitchinterval(SWITCH_EVERY_S)
    with socket.socket(fileno=int(descriptor)) as listener:
        worker = Worker(made, listener, settings, made.key_of)
        signal.signal(signal.SIGTERM, worker.stop)
        worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
