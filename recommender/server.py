"""The web server as a supervised subprocess: gunicorn, the LRS and the recommender in each of its workers."""

from __future__ import annotations

import http.client
import logging
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrs.config import Settings
from lrs.errors import ConfigurationError
from lrs.storage.embedded_engine.process import FEW_ARENAS, die_with_parent

STARTS_WITHIN_S = 60
GRACE_S = 30
SILENCE_S = 20
SPARE_THREADS = 16
MOST_CONNECTIONS = 10_000
MOST_FILES = 65_536
SHORTEST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""The processes are what runs side by side; more threads for each product of matrices only get in their way."""

_logger = logging.getLogger("recommender.server")


class WebServerError(ConfigurationError):
    """The web server cannot be started or went away."""

    code = "web_server"


class WebServer:
    """One gunicorn master with its workers; `url` is where it answers.

    A master that ends is started again on the same socket, so that clients meanwhile only wait.
    """

    def __init__(self, settings: Settings, mongodb_uri: str, log: Path | None = None) -> None:
        self._settings = settings
        self._mongodb_uri = mongodb_uri
        self._listener = listen(settings.host, settings.port)
        self._log = log
        host, port = self._listener.getsockname()[:2]
        self._address = (_reachable(host), port)
        self.url = f"http://{_reachable(host)}:{port}"
        self._process = self._spawn()
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="web-server", daemon=True)

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = {
            **ONE_BLAS_THREAD,
            **os.environ,
            **FEW_ARENAS,
            "MONGODB_URI": self._mongodb_uri,
            "LIGHTFM_NO_CFLAGS": "1",
        }
        command = [sys.executable, "-m", "gunicorn", "recommender.starting:StartingApplication()"]
        options = gunicorn_options(self._settings, self._listener.fileno(), allow_many_files())
        words = [word for pair in options.items() for word in pair]
        out = self._log.open("ab") if self._log else None
        process = subprocess.Popen(
            [*command, *words],
            env=environment,
            pass_fds=[self._listener.fileno()],
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        if out:
            out.close()
        return process

    def _supervise(self) -> None:
        pause = SHORTEST_PAUSE_S
        while not self._stopping.wait(pause):
            if self._process.poll() is None:
                pause = SHORTEST_PAUSE_S
                continue
            _logger.error("the web server ended (%s); starting it again", self._process.returncode)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            with suppress(OSError):  # tried again
                self._process = self._spawn()

    def wait_until_ready(self) -> None:
        """Return when the server answers; raise WebServerError if it ends or takes too long.

        From then on it is supervised.
        """
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise WebServerError(f"The web server ended at once; {self._where()}.")
            if self._answers():
                self._supervisor.start()
                return
            time.sleep(0.05)
        raise WebServerError(f"The web server did not answer within {STARTS_WITHIN_S} s; {self._where()}.")

    def _where(self) -> str:
        return f"its log {self._log} tells why" if self._log else "the lines above tell why"

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(*self._address, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def wait(self) -> None:
        """Wait for ever, or until the server is stopped."""
        self._stopping.wait()

    def stop(self) -> None:
        """Let requests in flight finish, then end all workers."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()  # it may be starting the server again at this moment
        self._listener.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S + 5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def gunicorn_options(settings: Settings, descriptor: int, files: int) -> dict[str, str]:
    """Return the options of gunicorn: a thread for each request handled or waiting, and some to answer others."""
    threads = settings.threads + settings.max_waiting + SPARE_THREADS
    return {
        "--bind": f"fd://{descriptor}",
        "--workers": str(settings.workers),
        "--threads": str(threads),
        "--worker-class": "recommender.worker.ArrivedRequestsWorker",
        "--worker-connections": str(max(threads + 1, min(MOST_CONNECTIONS, files // 2))),
        "--timeout": "120",
        "--graceful-timeout": str(GRACE_S),
        "--keep-alive": "15",
        "--limit-request-line": "8190",
        "--log-level": "warning",
        "--worker-tmp-dir": "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp",
    }


def allow_many_files() -> int:
    """Let this process and its children open as many files as the system allows; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise WebServerError if the address is taken or not ours."""
    try:
        listener = socket.create_server((host, port), backlog=1024)
        # Connections inherit them: one that sends or takes nothing for so long does not hold a thread any longer.
        for silence in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.setsockopt(socket.SOL_SOCKET, silence, struct.pack("ll", SILENCE_S, 0))
        return listener
    except OSError as error:
        raise WebServerError(
            f"Cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}). Stop what uses it, or set "
            "LEARNERPRISE_PORT to another port (0 takes any free one)."
        ) from error


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"", "0.0.0.0"} else host


@contextmanager
def running_web_server(settings: Settings, mongodb_uri: str, log: Path | None = None) -> Iterator[WebServer]:
    """Run a web server for the length of the block."""
    server = WebServer(settings, mongodb_uri, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
