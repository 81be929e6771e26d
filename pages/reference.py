"""The reference of the API: examples that work as they stand, and every call of `/openapi.json` to read and to try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.resources.paths import link
from pages import texts
from pages.rendering import page
from schemas.json_text import dump_json

blueprint = Blueprint("reference", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {("/docs", "GET"): "it is the same for everybody"}
VIEWER = "vendor/swagger-ui-5.35.0"

XAPI = MappingProxyType({"X-Experience-API-Version": "1.0.3"})
JSON_TYPE = MappingProxyType({"Content-Type": "application/json"})
ADA = {"mbox": "mailto:ada@example.org", "name": "Ada Lovelace"}
AGENT = dump_json({"mbox": "mailto:ada@example.org"}).decode()
NUGGET = "https://example.org/videos/ownership"
STATEMENT = {
    "actor": ADA,
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
    "object": {
        "id": NUGGET,
        "definition": {
            "name": {"en": "Ownership in five minutes"},
            "type": "http://adlnet.gov/expapi/activities/media",
        },
    },
}


@dataclass(frozen=True, slots=True)
class Example:
    """A call as it is sent; `key` is that of the sentence that says what it does."""

    key: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def address(self) -> str:
        """The path with its query."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    def as_curl(self, base: str) -> str:
        """Return the command that sends it to the service at an address."""
        lines = ['curl -u "$KEY:$SECRET"']
        lines += [f"  -X {self.method}"] if self.method not in ("GET", "POST") else []
        lines += [f"  -H '{name}: {value}'" for name, value in self.headers.items()]
        lines += [f"  -d '{dump_json(self.body).decode()}'"] if self.body is not None else []
        return " \\\n".join([*lines, f"  '{base}{self.address}'"])


EXAMPLES = (
    Example("store", "POST", "/xapi/statements", headers={**XAPI, **JSON_TYPE}, body=STATEMENT),
    Example("read", "GET", "/xapi/statements", {"agent": AGENT, "limit": "10"}, XAPI),
    Example(
        "state",
        "PUT",
        "/xapi/activities/state",
        {"activityId": NUGGET, "agent": AGENT, "stateId": "bookmark"},
        {**XAPI, **JSON_TYPE},
        {"second": 90},
    ),
    Example(
        "catalogue",
        "PUT",
        "/recommendations/catalogue/nuggets",
        {"activity": NUGGET},
        JSON_TYPE,
        {"title": {"en": "Ownership in five minutes"}, "skills": ["rust"], "duration": "PT5M"},
    ),
    Example(
        "nuggets",
        "GET",
        "/recommendations/nuggets",
        {"agent": AGENT, "limit": "3"},
        {"Accept-Language": "en"},
    ),
    Example("peers", "GET", "/recommendations/peers", {"agent": AGENT}),
    Example("consents", "PUT", "/recommendations/consents", {"agent": AGENT}, JSON_TYPE, {"peer": True}),
    Example("figure", "GET", "/insights/reach", {"window_days": "30"}, {"Accept": "text/csv"}),
    Example(
        "token",
        "POST",
        "/tokens",
        headers=JSON_TYPE,
        body={
            "agent": {"mbox": ADA["mbox"]},
            "origin": "https://lms.example.org",
            "scopes": ["recommendations/read/mine"],
            "minutes": 10,
        },
    ),
    Example("audit", "GET", "/privacy/audit", {"agent": AGENT}),
)
"""One of each kind of call; a test sends them in this order."""


@blueprint.get("/docs")
def get_reference() -> Response:
    """Show the reference of the API."""
    base = f"{request.host_url.rstrip('/')}{link('')}"
    return page(
        "reference.html",
        title=texts.text("reference.title"),
        examples=[(example.key, example.as_curl(base)) for example in EXAMPLES],
        viewer=VIEWER,
    )
