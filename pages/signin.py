"""Signing in and out, and choosing a language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from lrs.errors import RequestRefusedError, UnauthorizedError
from lrs.resources.bodies import want_body
from lrs.resources.paths import link
from lrs.resources.requests import service
from pages import texts
from pages.rendering import page
from pages.visitors import form, is_own_machine, require_own_page, sign_in, sign_out
from recommender.messages import LANGUAGES

blueprint = Blueprint("signin", __name__)
_ENTRY = "the session that it makes is the credential itself, which every line of the audit names"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/sign-in", "GET"): "it says nothing of people",
    ("/sign-in/credential", "POST"): _ENTRY,
    ("/sign-out", "POST"): "it takes access away",
    ("/language", "POST"): "it says nothing of people",
}
LARGEST_FORM_BYTES = 16 * 1024
KEPT_S = 365 * 24 * 3600


@blueprint.get("/sign-in")
def get_sign_in() -> Response:
    """Show the ways to sign in."""
    return _sign_in_page(next=own_path(request.args.get("next", "")))


@blueprint.post("/sign-in/credential")
def post_credential() -> Response:
    """Sign in with the key and the secret of a credential."""
    sent = _open_form()
    after = own_path(sent.get("next", ""))
    address = request.remote_addr or "unknown"
    try:
        credential = service().sign_ins.check(sent.get("key", "").strip(), sent.get("secret", ""), address)
    except UnauthorizedError:
        return _sign_in_page(status=401, next=after, problem="signin.wrong", key=sent.get("key", ""))
    token = service().sessions.start(credential, is_credential=True)
    return sign_in(redirect(after or link("/"), 303), token)


@blueprint.post("/sign-out")
@form
def post_sign_out() -> Response:
    """Sign out here, or everywhere."""
    return sign_out(redirect(link("/sign-in"), 303), everywhere=request.form.get("everywhere") == "yes")


@blueprint.post("/language")
def post_language() -> Response:
    """Choose a language, also without being signed in."""
    sent = _open_form()
    chosen = sent.get("language", "")
    if chosen not in LANGUAGES:
        raise RequestRefusedError(
            f"{chosen[:20]!r} is not a language of these pages; choose one of the list."
        )
    response = redirect(own_path(sent.get("next", "")) or link("/"), 303)
    response.set_cookie(
        texts.COOKIE,
        chosen,
        max_age=KEPT_S,
        path=request.script_root or "/",
        secure=not is_own_machine(),
        httponly=True,
        samesite="Lax",
    )
    return response


def own_path(address: str) -> str:
    """Return an address if it is a path of this service; empty for any other, so that no link leads elsewhere."""
    prefix = f"{request.script_root}/"
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_path = not parts.scheme and not parts.netloc and address.startswith(prefix)
    is_plain = address.isprintable() and "\\" not in address and not address.startswith("//")
    return address if is_path and is_plain else ""


def _open_form() -> dict[str, str]:
    """Return a form that needs no sign-in; raise ForbiddenError for one of another site."""
    require_own_page()
    want_body(request, LARGEST_FORM_BYTES)
    return dict(request.form.items())


def _sign_in_page(status: int = 200, **values: object) -> Response:
    return page("signin/sign_in.html", title=texts.text("signin.title"), status=status, **values)
