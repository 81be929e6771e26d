"""The web server as a subprocess: gunicorn, the LRS and the recommender in each of its worker processes."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrs.config import Settings
from lrs.errors import ConfigurationError
from lrs.storage.embedded import die_with_parent

STARTS_WITHIN_S = 60
GRACE_S = 30
SILENCE_S = 20


class WebServerError(ConfigurationError):
    """The web server cannot be started or went away."""

    code = "web_server"


class WebServer:
    """One gunicorn master with its workers; `url` is where it answers."""

    def __init__(self, settings: Settings, mongodb_uri: str, log: Path | None = None) -> None:
        self._listener = listen(settings.host, settings.port)
        self._log = log
        host, port = self._listener.getsockname()[:2]
        self._address = (_reachable(host), port)
        self.url = f"http://{_reachable(host)}:{port}"
        self._process = self._spawn(settings, mongodb_uri)

    def _spawn(self, settings: Settings, mongodb_uri: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "MONGODB_URI": mongodb_uri, "LIGHTFM_NO_CFLAGS": "1"}
        command = [sys.executable, "-m", "gunicorn", "recommender.app:create_app()"]
        descriptor = self._listener.fileno()
        options = {
            "--bind": f"fd://{descriptor}",
            "--workers": str(settings.workers),
            "--threads": str(settings.threads),
            "--worker-class": "gthread",
            "--timeout": "120",
            "--graceful-timeout": str(GRACE_S),
            "--keep-alive": "15",
            "--limit-request-line": "8190",
            "--log-level": "warning",
            "--worker-tmp-dir": "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp",
        }
        words = [word for pair in options.items() for word in pair]
        out = self._log.open("ab") if self._log else None
        process = subprocess.Popen(
            [*command, *words],
            env=environment,
            pass_fds=[descriptor],
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        if out:
            out.close()
        return process

    def wait_until_ready(self) -> None:
        """Return when the server answers; raise WebServerError if it ends or takes too long."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise WebServerError(f"The web server ended at once; {self._where()}.")
            if self._answers():
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

    def wait(self) -> int:
        """Wait until the server ends; return its exit status."""
        return self._process.wait()

    def stop(self) -> None:
        """Let requests in flight finish, then end all workers."""
        self._listener.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S + 5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise WebServerError if the address is taken or not ours."""
    try:
        listener = socket.create_server((host, port), backlog=1024)
        # Connections inherit it: one that sends nothing for so long does not hold a thread any longer.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE_S, 0))
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
