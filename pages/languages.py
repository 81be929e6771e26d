"""Choosing the language of the pages."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from lrs.errors import RequestRefusedError
from lrs.resources.paths import link
from pages import texts
from pages.visitors import open_form, own_path, set_cookie
from recommender.messages import LANGUAGES

blueprint = Blueprint("languages", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {("/language", "POST"): "it says nothing of people"}
KEPT_S = 365 * 24 * 3600


@blueprint.post("/language")
def post_language() -> Response:
    """Choose a language, also without being signed in."""
    sent = open_form()
    chosen = sent.get("language", "")
    if chosen not in LANGUAGES:
        raise RequestRefusedError(
            f"{chosen[:20]!r} is not a language of these pages; choose one of the list."
        )
    response = redirect(own_path(sent.get("next", "")) or link("/"), 303)
    set_cookie(response, texts.COOKIE, chosen, KEPT_S)
    return response
