"""Which requests are written into the audit trail: those that give out or change what is about a person.

One table for all routes: each is audited, or says why not. The recommender adds its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, request

from lrs.privacy.auditing import Access, AuditTrail
from lrs.resources.requests import about_people
from lrs.storage.stored_time import now_us

EXTENSION, ROUTES = "audit", "audited_routes"

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
    ("/privacy/erasures", "GET"),
    ("/privacy/erasures", "POST"),
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
    ("/tokens", "DELETE"): _LESS,
    ("/tokens/revoked", "POST"): _LESS,
    ("/oauth2/token", "POST"): "a token is the credential itself, which every line names",
}


def register_audit(app: Flask, trail: AuditTrail) -> None:
    """Note each request that was answered and whose route is audited."""
    app.extensions[EXTENSION] = trail
    app.extensions[ROUTES] = set(AUDITED)

    @app.after_request
    def note(response: Response) -> Response:
        if (
            response.status_code < HTTPStatus.BAD_REQUEST
            and request.url_rule is not None
            and "credential" in g
        ):
            _note(app.extensions[ROUTES], request.url_rule.rule)
        return response


def audit_routes(app: Flask, routes: Collection[Route]) -> None:
    """Add routes that are audited."""
    app.extensions[ROUTES].update(routes)


def trail_of_app() -> AuditTrail:
    """Return the audit trail of this process."""
    found: Any = current_app.extensions[EXTENSION]
    assert isinstance(found, AuditTrail)
    return found


def _note(routes: Collection[Route], route: str) -> None:
    method = "GET" if request.method == "HEAD" else request.method
    if (route, method) not in routes:
        return
    credential, about = g.credential, about_people()
    access = Access(
        store=credential.store.id,
        at=now_us(),
        key=credential.key,
        learner=credential.learner,
        method=method,
        route=route,
        about=about,
        count=g.get("audited_count", 1),
    )
    trail_of_app().note(access)
