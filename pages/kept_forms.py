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
from pages.rendering import page, wants_part
from pages.visitors import (
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
OTHERS = frozenset({TOKEN_FIELD, ACTION})

Fields = list[tuple[str, str]]


def lead_to_sign_in(_: SignInNeededError) -> Response:
    """Answer who is not signed in: a form with a page that holds it, anything else with the way to sign in."""
    if wants_part():
        return Response(status=204, headers={"HX-Redirect": sign_in_address()})
    if request.method != "POST":
        return redirect(sign_in_address(), 303)
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
    title = texts.text("signin.expired_title")
    return page("signin/expired.html", title=title, status=401, action=action, kept=fields)
