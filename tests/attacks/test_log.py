"""Whatever an anonymous client sends, the log is lines of JSON, none of them long, none twice within a second."""

import json
import socket
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from lrs.config import Settings
from scripts.web_server.processes import running_web_server

LONGEST = 1_000
LINES = [
    b"nonsense",
    b"GET",
    b"GET / HTTP/9.9",
    b"GET /%ff%fe HTTP/1.1",
    b"GET /\xff\xfe HTTP/1.1",
    b"GET /%ED%A0%80 HTTP/1.1",
    b"GET http://[::1 HTTP/1.1",
    b"GET http://[x]/ HTTP/1.1",
    b"GET //[ HTTP/1.1",
    b"GET /%s%d%(x)s HTTP/1.1",
    b"get / HTTP/1.1",
    b"\x00\x01\x02",
    b"P\xf6ST / HTTP/1.1",
    b"GET / HTTP/1.1\r\nContent-Length: x",
    b"GET /xapi/statements HTTP/1.1\r\nAuthorization: Basic \xff\xff",
    b'GET /xapi/statements?agent=%22%7D%7B"\\ HTTP/1.1\r\nX-Experience-API-Version: 1.0.3',
]


@pytest.fixture
def server(database_uri, tmp_path):
    settings = Settings(port=0, workers=1, mongodb_uri=database_uri)
    with running_web_server(settings, database_uri, tmp_path / "server.log") as running:
        yield running


def send(url, line):
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as client:
        client.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        with suppress(ConnectionError):
            while piece := client.recv(65_536):
                received += piece
    return received


def test_malformed_requests_are_answered_and_logged_in_lines(server, tmp_path):
    for line in LINES * 5:
        answer = send(server.url, line)
        assert answer.startswith((b"HTTP/1.0 4", b"HTTP/1.1 4")), (line, answer[:100])
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"x-content-type-options: nosniff" in head
        assert b"content-security-policy: default-src 'none'" in head
        assert b"cache-control: private, no-store" in head
    lines = (tmp_path / "server.log").read_text().splitlines()
    assert max(map(len, lines)) < LONGEST
    written = Counter(json.dumps(json.loads(line), sort_keys=True) for line in lines)
    assert set(written.values()) == {1}
    assert {json.loads(line)["level"] for line in lines} <= {"INFO", "WARNING"}  # a busy database may be one
