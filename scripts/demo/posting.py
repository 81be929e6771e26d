"""Post Statements, and what people enter by hand, over HTTP to a running server."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lrs.errors import RequestRefusedError
from schemas.json_text import dump_json, parse_json
from scripts.output import Progress

BATCH = 200
JSON, CSV = "application/json", "text/csv"


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
        except (OSError, http.client.HTTPException) as error:
            raise RequestRefusedError(f"No LRS answers there ({error}); check the address.") from error
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise RequestRefusedError(
                f"The LRS answered {response.status}: {text.decode(errors='replace')[:300]}"
            )
        return parse_json(text) if text else None


def post_statements(endpoint: Endpoint, statements: Sequence[Mapping[str, Any]]) -> None:
    """Post Statements in batches, in order, showing the progress."""
    connection = HttpConnection(endpoint)
    with Progress(len(statements)) as progress:
        for start in range(0, len(statements), BATCH):
            batch = statements[start : start + BATCH]
            connection.request("POST", "/xapi/statements", dump_json(batch))
            done = start + len(batch)
            progress.count(done, f"{done} of {len(statements)} Statements posted")


def post_tables(endpoint: Endpoint, tables: Mapping[str, bytes]) -> None:
    """Enter nuggets, roles and learners, each as one CSV."""
    connection = HttpConnection(endpoint)
    for kind, table in tables.items():
        folder = "" if kind == "learners" else "catalogue/"
        connection.request("POST", f"/recommendations/{folder}{kind}", table, CSV)
