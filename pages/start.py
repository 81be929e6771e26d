"""The first page: it leads everybody to their place."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from lrs.resources.paths import link
from lrs.resources.responses import HTML, JSON
from pages import texts
from pages.rendering import page, places_of
from pages.visitors import visitor

blueprint = Blueprint("start", __name__)
KINDS = [JSON, HTML]
FIRST = ("/admin", "/organisation", "/community", "/catalogue", "/explore", "/home")
"""Where the day begins, of the places that somebody may see: the widest duty comes first."""
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/", "GET"): "it says nothing of people",
}


@blueprint.get("/")
def get_start() -> Response:
    """Lead a browser to the place of whoever is signed in; for programs there is nothing here."""
    if request.accept_mimetypes.best_match(KINDS, JSON) != HTML:
        abort(404)
    shown = {place.path for place in places_of(visitor())}
    first = next((path for path in FIRST if path in shown), None)
    if first is None:
        return page("nothing.html", title=texts.text("frame.nothing_title"))
    return redirect(link(first), 303)
