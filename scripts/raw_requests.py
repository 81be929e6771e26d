"""Requests that no description makes: multipart bodies, forms in place of requests, and HTTP that is not quite HTTP."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from urllib.parse import quote_plus, urlsplit

ANSWER_BYTES = 64 * 1024
LARGEST_FILLING = 100_000
PATHS = (
    *("/xapi/statements", "/xapi/activities/state", "/xapi/agents/profile", "/xapi/about", "/xapi/nothing"),
    *("/recommendations/nuggets", "/recommendations/consents", "/recommendations/catalogue/nuggets"),
)
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")
STATEMENT = json.dumps(
    {
        "actor": {"mbox": "mailto:a@b.example"},
        "verb": {"id": "http://a.example/v"},
        "object": {"id": "http://a.example/o"},
    }
).encode()
PIECES = (
    *(b"[]", b"{}", b'""', b"[", b"]", b'{"a":', b",", b":", b"1e400", b"e111", b"-0", b"null", STATEMENT),
    *(
        rb"\u0000",
        rb"\ud800",
        b"\xff",
        b"\x00",
        "😀".encode(),
        b"%5B",
        b"%",
        b"%zz",
        b"&",
        b"=",
        b"+",
        b"content=",
    ),
    *(
        b"\r\n",
        b"\n",
        b"--b",
        b"--b--",
        b"--b\r\n",
        b"Content-Type: application/json\r\n\r\n",
        b"a:b\r\n",
        b" ",
    ),
)


class Requests:
    """Makes requests at random; the same seed makes the same."""

    def __init__(self, seed: int, authorization: str) -> None:
        self._random = Random(seed)
        self._authorization = authorization
        self._makers: tuple[Callable[[], bytes], ...] = (self._multipart, self._form, self._raw)

    def make(self) -> bytes:
        """Return one request, or something like it."""
        return self._random.choice(self._makers)()

    def _filling(self) -> bytes:
        pieces = b"".join(self._random.choices(PIECES, k=self._random.randint(0, 6)))
        times = self._random.choice((1, 1, 1, 1, 10, LARGEST_FILLING // (len(pieces) + 1)))
        return pieces * times

    def _head(self, method: str, path: str, body: bytes, *lines: str) -> bytes:
        said = len(body) + self._random.choice((0,) * 20 + (1, -1, 10**9))
        length = f"Content-Length: {max(0, said)}"
        chunked = self._random.random() < 0.1
        known = self._random.random() < 0.8
        named = [f"{method} {path} HTTP/1.1", "Host: x", "X-Experience-API-Version: 1.0.3", *lines]
        named += [f"Authorization: {self._authorization}"] if known else []
        named += ["Transfer-Encoding: chunked" if chunked else length, "", ""]
        sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked and body else body
        return "\r\n".join(named).encode() + sent

    def _multipart(self) -> bytes:
        first = b"--b\r\nContent-Type: application/json\r\n\r\n" + self._random.choice(
            (STATEMENT, self._filling())
        )
        parts = [b"\r\n--b\r\n" + self._filling() for _ in range(self._random.randint(0, 4))]
        body = first + b"".join(parts) + self._random.choice((b"\r\n--b--\r\n", b"", b"\n--b--"))
        return self._head("POST", PATHS[0], body, "Content-Type: multipart/mixed; boundary=b")

    def _form(self) -> bytes:
        content = self._random.choice((STATEMENT, self._filling()))
        fields = [b"content=" + self._random.choice((quote_plus(content).encode(), content))]
        fields += [self._filling() for _ in range(self._random.randint(0, 3))]
        if self._random.random() < 0.5:
            fields.append(b"Authorization=" + quote_plus(self._authorization).encode())
        self._random.shuffle(fields)
        path = f"{self._random.choice(PATHS)}?method={self._random.choice(METHODS)}"
        return self._head("POST", path, b"&".join(fields), "Content-Type: application/x-www-form-urlencoded")

    def _raw(self) -> bytes:
        encoding = self._random.choice(("identity", "gzip", "deflate", "zstd", "br"))
        whole = self._head(
            self._random.choice(METHODS),
            self._random.choice(PATHS),
            self._filling(),
            "Content-Type: application/json",
            f"Content-Encoding: {encoding}",
        )
        if self._random.random() < 0.5:
            at = self._random.randrange(len(whole))
            whole = whole[:at] + self._random.choice(PIECES) + whole[at + self._random.randint(0, 3) :]
        return whole


def send_raw(url: str, number: int, requests: Requests) -> Counter[int]:
    """Send so many requests, each without waiting for its answer to the end; return how many had each status."""
    address = urlsplit(url)
    found: Counter[int] = Counter()
    for _ in range(number):
        with socket.create_connection((address.hostname or "", address.port or 80), timeout=30) as connection:
            received = b""
            with suppress(OSError):
                connection.sendall(requests.make())
                connection.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                received = connection.recv(ANSWER_BYTES)
            status = received[9:12]
            found[int(status) if status.isdigit() else 0] += 1
    return found
