"""Which requests are written into the audit trail: those that give out or change what is about a person.

One table for all routes: each is audited, or says why not. The recommender adds its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus

from flask import Flask, Response, g, request

from lrs.privacy.auditing import Access, AuditTrail
from lrs.storage.stored_time import now_us

ROUTES = "audited_routes"

Route = tuple[str, str]

_STATE, _AGENT_PROFILE = "/xapi/activities/state", "/xapi/agents/profile"
_WRITING = ("GET", "PUT", "POST", "DELETE")
AUDITED: Collection[Route] = (
    ("/xapi/statements", "GET"),
    ("/xapi/agents", "GET"),
    *((path, method) for path in (_STATE, _AGENT_PROFILE) for method in _WRITING),
    ("/tokens", "POST"),
    ("/record/audit", "GET"),
    ("/privacy/audit", "GET"),
    ("/privacy/export", "GET"),
    ("/people", "GET"),
    *((f"/people/{name}", "POST") for name in ("join", "part", "import", "proofs")),
    ("/people/proofs", "PUT"),
    ("/people/rules", "PUT"),
    ("/privacy/erasures", "GET"),
    ("/privacy/erasures", "POST"),
    ("/privacy/retention", "PUT"),
)
_OPEN = "it needs no credential and says nothing of people"
_STORED = "a Statement itself says who stored it and when"
_LESS = "it takes access away"
_ACTIVITY = "it is about Activities"
UNAUDITED: Mapping[Route, str] = {
    ("/xapi/statements", "POST"): _STORED,
    ("/xapi/statements", "PUT"): _STORED,
    ("/xapi/activities", "GET"): _ACTIVITY,
    **{("/xapi/activities/profile", method): _ACTIVITY for method in _WRITING},
    ("/xapi/about", "GET"): _OPEN,
    ("/health/alive", "GET"): _OPEN,
    ("/health/ready", "GET"): _OPEN,
    ("/openapi.json", "GET"): _OPEN,
    ("/lti/jwks", "GET"): _OPEN,
    ("/lti/configuration", "GET"): _OPEN,
    ("/people/rules", "GET"): "it is about home pages and mail domains",
    ("/privacy/retention", "GET"): "it counts Statements, whoever they are about",
    ("/tokens", "DELETE"): _LESS,
    ("/tokens/revoked", "POST"): _LESS,
    ("/oauth2/token", "POST"): "a token is the credential itself, which every line names",
}


def register_audit(app: Flask, trail: AuditTrail) -> None:
    """Note each request that was answered and whose route is audited."""
    audited: set[Route] = set()
    app.extensions[ROUTES] = audited
    audit_routes(app, AUDITED)

    @app.after_request
    def note(response: Response) -> Response:
        rule = request.url_rule
        if rule is None or (rule.rule, request.method) not in audited:
            return response
        # A page leads to the one for signing in without a credential, and gives out nothing.
        if "credential" in g and not _says_nothing(response):
            _note(trail, rule.rule, request.method)
        return response


def _says_nothing(response: Response) -> bool:
    """Return whether a request was refused, or nothing new was found for it (204)."""
    has_no_news = request.method == "GET" and response.status_code == HTTPStatus.NO_CONTENT
    return has_no_news or response.status_code >= HTTPStatus.BAD_REQUEST


def audit_routes(app: Flask, routes: Collection[Route]) -> None:
    """Add routes that are audited; HEAD gives out what GET does."""
    heads = [(path, "HEAD") for path, method in routes if method == "GET"]
    app.extensions[ROUTES].update([*routes, *heads])


def _note(trail: AuditTrail, route: str, method: str) -> None:
    """Note one request: every microsecond here is added to every request about a person."""
    noted = g._get_current_object()
    credential = noted.credential
    trail.note(
        Access(
            credential.store.id,
            now_us(),
            credential.key,
            credential.learner,
            method,
            route,
            noted.get("audited_people", ()),
            noted.get("audited_count", 1),
        )
    )
