"""A form whose sign-in has expired is not lost: the browser holds what was typed until somebody is signed in again.

Nothing of it is kept here. The page that says so has the fields; after signing in, in another tab, they are sent on
with the token of the new session.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from lrs.errors import RequestRefusedError
from lrs.resources.bodies import want_body
from lrs.resources.paths import link
from pages import texts
from pages.rendering import framed, page, wants_part
from pages.visitors import (
    FRAMED_COOKIE,
    LARGEST_FORM_BYTES,
    TOKEN_FIELD,
    SignInNeededError,
    found_visitor,
    own_path,
    require_own_page,
    sign_in_address,
)

blueprint = Blueprint("kept_forms", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {("/sign-in/again", "POST"): "it shows what the browser itself sent"}
PREFIX = "kept."
ACTION = f"{PREFIX}action"
ANYBODY = ("*",)
"""Who may frame a page that says nothing of anybody, and shows a browser what it sent itself."""
OTHERS = frozenset({TOKEN_FIELD, ACTION})

Fields = list[tuple[str, str]]


def lead_to_sign_in(_: SignInNeededError) -> Response:
    """Answer who is not signed in: a form with a page that holds it, anything else with the way to sign in.

    Inside another tool nobody can sign in: there the page says how to come back.
    """
    is_framed = FRAMED_COOKIE in request.cookies
    if request.method != "POST" and wants_part():
        again = {"HX-Refresh": "true"} if is_framed else {"HX-Redirect": sign_in_address()}
        return Response(status=204, headers=again)
    if request.method != "POST":
        return _over() if is_framed else redirect(sign_in_address(), 303)
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in OTHERS]
    return _expired(link(request.full_path.rstrip("?")), fields)


@blueprint.post("/sign-in/again")
def post_again() -> Response:
    """Show a form that waited for a sign-in once more, to be sent on."""
    require_own_page()
    want_body(request, LARGEST_FORM_BYTES)
    action = own_path(request.form.get(ACTION, ""))
    if not action:
        raise RequestRefusedError("This form says not where it belongs to; go back to its page.")
    kept = [(name, value) for name, value in request.form.items(multi=True) if name.startswith(PREFIX)]
    fields = [(name.removeprefix(PREFIX), value) for name, value in kept if name != ACTION]
    if found_visitor() is None:
        return _expired(action, fields)
    return page("signin/again.html", title=texts.text("signin.again_title"), action=action, kept=fields)


def _expired(action: str, fields: Fields) -> Response:
    title, is_framed = texts.text("signin.expired_title"), FRAMED_COOKIE in request.cookies
    values = {"action": action, "kept": fields, "is_framed": is_framed}
    shown = page("signin/expired.html", title=title, status=401, **values)
    return framed(shown, ANYBODY) if is_framed else shown


def _over() -> Response:
    return framed(page("lti/over.html", title=texts.text("signin.expired_title"), status=401), ANYBODY)
