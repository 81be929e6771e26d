"""What attacks by bodies share: a service of its own with default limits, raw requests, the memory of its processes."""

from __future__ import annotations

import base64
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import pytest

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store
from lrs.storage.database import Database

MEBIBYTE = 1024 * 1024
BLOCK = b"[" * MEBIBYTE
FORM = "application/x-www-form-urlencoded"


@dataclass
class Answered:
    """An answer as it came: the time it took from the first byte sent, and whether the connection was closed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    sent: int
    closed: bool


@dataclass
class Attacked:
    """A service whose processes are watched."""

    url: str
    process: psutil.Process
    routes: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def workers(self) -> list[psutil.Process]:
        return [one for one in self.process.children() if "worker" in " ".join(one.cmdline())]

    def memory(self) -> dict[int, int]:
        return {one.pid: one.memory_info().rss for one in self.workers}

    def forget_peaks(self) -> None:
        for one in self.workers:
            Path(f"/proc/{one.pid}/clear_refs").write_text("5")

    def peaks(self) -> dict[int, int]:
        """Return the most memory that each process had since `forget_peaks`."""
        lines = {one.pid: Path(f"/proc/{one.pid}/status").read_text() for one in self.workers}
        return {pid: int(text.split("VmHWM:")[1].split()[0]) * 1024 for pid, text in lines.items()}

    def bytes_on_disk(self) -> int:
        """Return the size of the temporary files that the processes hold open."""
        found = 0
        for one in self.workers:
            for link in Path(f"/proc/{one.pid}/fd").iterdir():
                with suppress(OSError):
                    if "(deleted)" in str(link.readlink()):
                        found += link.stat().st_size
        return found

    def connect(self, sent: bytes = b"") -> socket.socket:
        address = urlsplit(self.url)
        assert address.hostname
        connection = socket.create_connection((address.hostname, address.port or 80), timeout=30)
        connection.sendall(sent)
        return connection

    def send(self, head: bytes, blocks: Iterator[bytes]) -> Answered:
        """Send a request as fast as it is taken, until it is answered; then read until the end of the connection."""
        began, sent = time.monotonic(), 0
        with self.connect(head) as connection:
            for block in blocks:
                if select.select([connection], [], [], 0)[0]:
                    break
                with suppress(OSError):
                    connection.sendall(block)
                    sent += len(block)
            answer = connection.makefile("rb")
            status = int(answer.readline().split()[1])
            seconds = time.monotonic() - began
            lines = iter(lambda: answer.readline().strip().decode(), "")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = answer.read(int(headers.get("content-length", 0)))
            closed = headers.get("connection") == "close" and answer.read(1) == b""
            return Answered(status, headers, body, seconds, sent, closed)


def basic(pair: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(pair).encode()).decode()


def request(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """Return the head of a request."""
    named = {"Host": "x", "X-Experience-API-Version": "1.0.3", **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode()


def form(fields: Mapping[str, str], content: bytes = b"") -> bytes:
    return urlencode(fields).encode() + (b"&content=" + content if content else b"")


@pytest.fixture(scope="session")
def attacked(
    database_uri: str,
    routes: list[tuple[str, list[str]]],
    database: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Attacked]:
    """A service of two processes with the limits of an installation."""
    folder = tmp_path_factory.mktemp("attacked")
    log = folder / "server.log"
    environment = {
        **os.environ,
        "MONGODB_URI": database_uri,
        "LEARNERPRISE_DATA": str(folder),
        "LEARNERPRISE_PORT": "0",
        "LEARNERPRISE_LOG_LEVEL": "ERROR",
        "LEARNERPRISE_WORKERS": "2",
    }
    with log.open("wb") as out:
        served = subprocess.Popen(
            [sys.executable, "-m", "scripts.serve"], env=environment, stdout=out, stderr=out
        )
    try:
        url = _announced(served, log)
        asked = [(path, sorted({*methods} - {"HEAD", "OPTIONS"})) for path, methods in routes]
        yield Attacked(url, psutil.Process(served.pid), asked)
    finally:
        served.terminate()
        served.wait(40)


def _announced(served: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and served.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("Serving at "):
                return line.split()[-1]
        time.sleep(0.05)
    raise AssertionError(f"the service did not start:\n{log.read_text()}")


@pytest.fixture
def credential(database: Database, store: Store) -> Callable[..., str]:
    """Make a credential with some scopes; return the value of its header."""
    return lambda *scopes: basic(create_credential(database, store, "attacker", scopes or ("all",)))


@pytest.fixture
def small_seconds(attacked: Attacked) -> float:
    """How long an idle small request takes, the slowest of some."""
    head = request("GET", "/xapi/about", {"Connection": "close"})
    return max(attacked.send(head, iter([])).seconds for _ in range(5))


@pytest.fixture(name="request_head")
def give_request() -> Any:
    return request


@pytest.fixture(name="form")
def give_form() -> Any:
    return form
