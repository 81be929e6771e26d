"""Statements as they come: a page that asks for news, so that no listener holds a thread of the web server."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request

from lrs.resources.requests import database, for_this_client, note_count
from lrs.statements.browsing import browse_statements
from lrs.storage.database import StoreId
from pages.admin.sections import admin_page, credential_names, require_reading
from pages.admin.shown_statements import ShownStatement, shown_statements
from pages.rendering import part
from schemas.queries import StatementQuery

blueprint = Blueprint("admin_live", __name__)
AUDITED = (("/admin/live", "GET"), ("/admin/live/lines", "GET"))
UNAUDITED: dict[tuple[str, str], str] = {}
SHOWN = 30
EVERY_S = 2


@blueprint.get("/admin/live")
def get_live() -> Response:
    """Show the newest Statements, and go on asking for newer ones unless that is paused."""
    store = require_reading()
    return admin_page(
        "admin.live",
        names=credential_names(database(), store),
        is_paused=request.args.get("paused") == "yes",
        **_lines(store),
    )


@blueprint.get("/admin/live/lines")
def get_lines() -> Response:
    """Answer the newest Statements; nothing (204) where none came since."""
    found = _lines(require_reading())
    if found["newest"] == request.args.get("newest", ""):
        return Response(status=HTTPStatus.NO_CONTENT)
    return part("admin/live_lines.html", **found)


def _lines(store: StoreId) -> dict[str, object]:
    source = request.args.get("source", "")
    with for_this_client():
        found = browse_statements(database(), store, StatementQuery(), SHOWN, source=source or None)
    names = credential_names(database(), store)
    lines: list[ShownStatement] = shown_statements(found.statements, names)
    note_count(len(lines))
    return {
        "lines": lines,
        "newest": lines[0].place if lines else "",
        "seen": request.args.get("newest", ""),
        "source": source,
        "every_s": EVERY_S,
    }
