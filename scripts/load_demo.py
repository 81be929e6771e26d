"""Post the demo organisation's Statements, and what its people enter by hand, over HTTP to a running server."""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from lrs.errors import RequestRefusedError
from schemas.json_text import dump_json, parse_json
from scripts.demo import build_organisation, generate_statements, managed_tables
from scripts.session import run

BATCH = 200
JSON, CSV = "application/json", "text/csv"
LINE_EVERY = 5000
Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An LRS and a credential for it."""

    url: str
    key: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        basic = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return {
            "Authorization": f"Basic {basic}",
            "X-Experience-API-Version": "1.0.3",
        }


class HttpConnection:
    """One kept-alive connection to an endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        parts = urlsplit(endpoint.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=120)
        self._prefix = parts.path.rstrip("/")
        self._headers = endpoint.headers

    def request(self, method: str, path: str, body: bytes | None = None, kind: str = JSON) -> Any:
        """Send a request and return the JSON answered; raise RequestRefusedError unless it went well."""
        try:
            headers = {**self._headers, "Content-Type": kind}
            self._connection.request(method, self._prefix + path, body, headers)
            response = self._connection.getresponse()
            text = response.read()
        except OSError as error:
            raise RequestRefusedError(f"No LRS answers there ({error}); check the address.") from error
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise RequestRefusedError(
                f"The LRS answered {response.status}: {text.decode(errors='replace')[:300]}"
            )
        return parse_json(text) if text else None


def post_statements(
    endpoint: Endpoint, statements: Iterable[Mapping[str, Any]], tell: Callable[[int], None]
) -> int:
    """Post Statements in batches, in order; `tell` hears how many are through. Return how many there were."""
    connection = HttpConnection(endpoint)
    posted = 0
    for batch in _batches(statements):
        connection.request("POST", "/xapi/statements", dump_json(batch))
        posted += len(batch)
        tell(posted)
    return posted


def post_tables(endpoint: Endpoint, tables: Mapping[str, bytes]) -> None:
    """Enter nuggets, roles and learners, each as one CSV."""
    connection = HttpConnection(endpoint)
    for kind, table in tables.items():
        folder = "" if kind == "learners" else "catalogue/"
        connection.request("POST", f"/recommendations/{folder}{kind}", table, CSV)


def _batches(statements: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    source = iter(statements)
    while batch := list(itertools.islice(source, BATCH)):
        yield batch


def main() -> int:
    """Post the demo to the endpoint given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the LRS is, such as http://127.0.0.1:8000")
    parser.add_argument("key")
    parser.add_argument("secret")
    parser.add_argument("--learners", type=int, default=300)
    parser.add_argument("--until", help="last day of the half year, such as 2026-06-30 (default: today)")
    arguments = parser.parse_args()
    until = day_of(arguments.until) if arguments.until else datetime.now(timezone.utc)
    statements = generate_statements(learners=arguments.learners, until=until)
    started = time.monotonic()
    endpoint = Endpoint(arguments.url, arguments.key, arguments.secret)
    posted = post_statements(endpoint, statements, show_posted)
    post_tables(endpoint, managed_tables(build_organisation(learners=arguments.learners)))
    print(f"\nPosted {posted} Statements in {time.monotonic() - started:.0f} s.", file=sys.stderr)
    return 0


def day_of(text: str) -> datetime:
    """Return a day as a point in time, UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise RequestRefusedError(f"{text!r} is no date; write one such as 2026-06-30.") from error


def show_posted(posted: int) -> None:
    """Show how many Statements are through: on one line of a terminal, now and then elsewhere."""
    if sys.stderr.isatty():
        print(f"\r  {posted} Statements posted", end="", file=sys.stderr, flush=True)
    elif posted % LINE_EVERY == 0:
        print(f"  {posted} Statements posted", file=sys.stderr, flush=True)


if __name__ == "__main__":
    run(main)
