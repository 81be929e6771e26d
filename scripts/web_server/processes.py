"""The processes of the web server: each runs waitress, all accept from one listening socket."""

from __future__ import annotations

import dataclasses
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from lrs.child_processes import FEW_ARENAS, die_with_parent
from lrs.config import Settings
from lrs.errors import ConfigurationError

APPLICATION = "pages.app:create_app"
BACKLOG = 2048
STARTS_WITHIN_S = 60
GRACE_S = 30
SHORTEST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""The processes run side by side already; more threads for each matrix product would only slow them down."""

COUNTED_APART = "RECOMMENDER_COUNTED_APART"

_logger = logging.getLogger("learnerprise.web_server")


class WebServerError(ConfigurationError):
    """The web server cannot be started or has ended."""

    code = "web_server"


class WebServer:
    """A listening socket and the worker processes that accept from it; `url` is the address.

    A worker that ends is replaced. `application` names the function that makes the WSGI application. Beside the workers
    runs a process that counts figures, unless the environment says that workers count them.
    """

    def __init__(
        self, settings: Settings, mongodb_uri: str, log: Path | None = None, application: str = APPLICATION
    ) -> None:
        self._application = application
        self._log = log
        self._listener = listen(settings.host, settings.port)
        host, port = self._listener.getsockname()[:2]
        self._settings = dataclasses.replace(settings, port=port)
        self._environment = _environment(self._settings, mongodb_uri)
        self._address = ("127.0.0.1" if host == "0.0.0.0" else host, port)
        self.url = "http://{}:{}".format(*self._address)
        self._commands = self._children(settings.workers)
        self._workers = [self._spawn(command) for command in self._commands]
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="web-server", daemon=True)

    @property
    def authority(self) -> str:
        """The homePage of the authorities of Statements that are stored here."""
        return self._settings.authority

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the workers."""
        return [worker.pid for worker in self._workers[: self._settings.workers]]

    def _children(self, workers: int) -> list[list[str]]:
        """Return the commands of the processes: the workers first."""
        descriptor = str(self._listener.fileno())
        commands = [["scripts.web_server.worker", descriptor, self._application]] * workers
        if self._application == APPLICATION and self._environment[COUNTED_APART] == "1":
            commands.append(["scripts.web_server.counting"])
        return commands

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        descriptor = self._listener.fileno()
        with self._log.open("ab") if self._log else nullcontext() as out:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                env=self._environment,
                pass_fds=[descriptor],
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def _supervise(self) -> None:
        pause = SHORTEST_PAUSE_S
        while not self._stopping.wait(pause):
            ended = [number for number, worker in enumerate(self._workers) if worker.poll() is not None]
            pause = min(2 * pause, LONGEST_PAUSE_S) if ended else SHORTEST_PAUSE_S
            for number in ended:
                status = self._workers[number].returncode
                _logger.error("a worker process ended (%s); starting another", status)
                with suppress(OSError):  # tried again
                    self._workers[number] = self._spawn(self._commands[number])

    def wait_until_ready(self) -> None:
        """Return when the application answers; raise WebServerError if a worker ends or it takes too long.

        From then on the workers are supervised.
        """
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if any(worker.poll() is not None for worker in self._workers):
                raise WebServerError(f"A worker process ended at once; {self._where()}.")
            if time.monotonic() > deadline:
                raise WebServerError(f"No answer within {STARTS_WITHIN_S} s; {self._where()}.")
            time.sleep(0.05)
        self._supervisor.start()

    def _where(self) -> str:
        return f"its log {self._log} says why" if self._log else "the lines above say why"

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
        """Wait until the server is stopped."""
        self._stopping.wait()

    def stop(self) -> None:
        """Let requests in flight finish, then end all workers."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()  # it may be starting a worker at this moment
        self._listener.close()
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S + 5
        for worker in self._workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(max(0, deadline - time.monotonic()))
            worker.kill()
            worker.wait()


def _environment(settings: Settings, mongodb_uri: str) -> dict[str, str]:
    """Return the environment of a worker: that of this process, and the settings it was given."""
    chosen = {
        item.metadata["variable"]: str(getattr(settings, item.name)) for item in dataclasses.fields(settings)
    }
    limits = {**FEW_ARENAS, "LIGHTFM_NO_CFLAGS": "1"}
    return {
        **ONE_BLAS_THREAD,
        COUNTED_APART: "1",
        **os.environ,
        **chosen,
        **limits,
        "MONGODB_URI": mongodb_uri,
    }


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise WebServerError if the address is taken or not ours."""
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        raise WebServerError(
            f"Cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}). Stop what uses it, or set "
            "LEARNERPRISE_PORT to another port (0 takes any free one)."
        ) from error


@contextmanager
def running_web_server(
    settings: Settings, mongodb_uri: str, log: Path | None = None, application: str = APPLICATION
) -> Iterator[WebServer]:
    """Run a web server for the length of the block."""
    server = WebServer(settings, mongodb_uri, log, application)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
