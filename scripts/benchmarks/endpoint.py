"""An HTTP endpoint to measure, and requests on one connection that is kept open."""

from __future__ import annotations

import http.client
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

TIMEOUT_S = 300
IDLE_S = 3
JSON = "application/json"


class BenchmarkError(Exception):
    """A measurement failed; the sentence names what went wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RefusedError(BenchmarkError):
    """A request was answered by another status than 200 or 204."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[RefusedError], tuple[str, int]]:
        """Let it pass between processes."""
        return RefusedError, (self.message, self.status)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go (`http://host:port/xapi`) and the credential they carry."""

    url: str
    key: str
    secret: str

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection for the length of the block."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        opened = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        try:
            opened.connect()
            yield Connection(opened, parts.path.rstrip("/"), self.headers())
        except (OSError, http.client.HTTPException) as error:
            raise BenchmarkError(f"{self.url} does not answer ({error!r}).") from error
        finally:
            opened.close()

    def headers(self) -> dict[str, str]:
        """Return the headers of every request."""
        basic = b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}


@dataclass(slots=True)
class Connection:
    """One open connection."""

    opened: http.client.HTTPConnection
    base: str
    headers: dict[str, str]
    used: float = field(default_factory=time.monotonic)

    def refresh(self) -> None:
        """Connect again after a pause so long that the server may have hung up."""
        if time.monotonic() - self.used > IDLE_S:
            self.opened.close()
            self.opened.connect()

    def send(self, method: str, path: str, body: bytes | None = None, content_type: str = JSON) -> bytes:
        """Send a request below the endpoint and return the body of the answer; raise RefusedError."""
        return self._send(method, self.base + path, body, content_type)

    def follow(self, link: str) -> bytes:
        """Get what a `more` link names, a path on the same host or a whole URL."""
        parts = urlsplit(link)
        return self._send("GET", f"{parts.path}?{parts.query}", None, JSON)

    def _send(self, method: str, path: str, body: bytes | None, content_type: str) -> bytes:
        self.refresh()
        self.opened.request(method, path, body, {**self.headers, "Content-Type": content_type})
        response = self.opened.getresponse()
        answer = response.read()
        self.used = time.monotonic()
        if response.status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
            text = answer[:300].decode(errors="replace")
            raise RefusedError(
                f"{method} {path[:80]} was answered {response.status}: {text}", response.status
            )
        return answer
