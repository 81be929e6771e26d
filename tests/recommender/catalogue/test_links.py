"""Addresses are asked by one HEAD, in public places alone; what fails once may only pass."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from recommender.catalogue.links import (
    NotCheckedError,
    address_of,
    check_links,
    longest_unchecked,
    public_target,
)
from recommender.catalogue.nuggets import Nugget
from recommender.storage.link_checks import iterate_checks


@pytest.fixture
def web() -> Iterator[Any]:
    """A server that answers HEAD by the number in the path, and notes what it was asked."""

    class Serve(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            server.asked.append(self.path)  # type: ignore[attr-defined]
            self.send_response(int(self.path.strip("/")))
            self.send_header("Location", "http://127.0.0.1/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Serve)
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def nugget(name: str) -> Nugget:
    return Nugget(f"http://courses.example/{name}", titles={"en": name})


def test_what_is_gone_is_dead_at_once_and_what_fails_twice_then(database: Any, store: Any, web: Any) -> None:
    nuggets = [nugget(status) for status in ("200", "301", "403", "404", "410", "503")]
    for dead in ({"404", "410"}, {"404", "410", "503"}):
        assert check_links(database, store.id, nuggets, 0, lambda host, port: web.server_address) == 6
        found = list(iterate_checks(database, store.id, dead_only=True))
        assert {one.answer for one in found} == dead
    assert web.asked == 2 * ["/200", "/301", "/403", "/404", "/410", "/503"]
    chosen = longest_unchecked(database, store.id, [*nuggets, nugget("new"), Nugget("urn:x")], 2)
    assert [one.titles["en"] for one in chosen] == ["new", "200"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "0.0.0.0",
        "::1",
        "::ffff:10.0.0.1",
        "fd00::1",
    ],
)
def test_nothing_is_sent_into_the_own_network(
    database: Any, store: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("8.8.8.8", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(NotCheckedError):
        public_target("inside.example", 443)
    assert check_links(database, store.id, [nugget("200")], 0) == 0
    assert list(iterate_checks(database, store.id)) == []


def test_only_the_usual_ports_are_asked() -> None:
    with pytest.raises(NotCheckedError):
        public_target("8.8.8.8", 6379)


@pytest.mark.parametrize(
    "address", ["urn:x", "ftp://a.example/x", "http://", "http://me@a.example/x", "http://a.example:0/"]
)
def test_what_is_no_address_of_the_web_is_not_asked(address: str) -> None:
    assert address_of(Nugget("urn:x", url=address)) == ""
