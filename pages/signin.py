"""Signing in and out: with key and secret, by a link, at an OpenID Connect provider, or as somebody of the demo."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from lrs.auth.credentials import Credential
from lrs.auth.sessions import Voucher, page_key
from lrs.auth.sign_in_links import PATH
from lrs.auth.sign_ins import network_of
from lrs.auth.stores import (
    Store,
    find_store,
    stores_with_entrances,
    stores_with_mail_sign_ins,
    stores_with_provider,
)
from lrs.config import is_loopback
from lrs.errors import ForbiddenError, NotFoundError, TooManyRequestsError, UnauthorizedError
from lrs.resources.paths import link
from lrs.resources.requests import database, service, settings
from pages import texts
from pages.mail_links import WINDOW_S, count_asked, send_link
from pages.rendering import page
from pages.visitors import form, is_own_machine, open_form, own_path, set_cookie, sign_in, sign_out

blueprint = Blueprint("signin", __name__)
_ENTRY = "it is about the person who signs in, and what is seen then is audited"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/sign-in", "GET"): "it says nothing of people but those invented for the demo",
    ("/sign-in/credential", "POST"): _ENTRY,
    ("/sign-in/demo", "POST"): "the people of the demo are invented",
    ("/sign-in/mail", "POST"): "its answer is the same for everybody",
    (PATH, "GET"): _ENTRY,
    (PATH, "POST"): _ENTRY,
    ("/sign-in/openid", "GET"): "it leads to the provider",
    ("/sign-in/openid/back", "GET"): _ENTRY,
    ("/sign-out", "POST"): "it takes access away",
}
BACK = "/sign-in/openid/back"
BEGUN_COOKIE = "learnerprise-sign-in"
BEGUN_S = 600
MOST_OPENID_STEPS = 6000
"""Steps of sign-ins at providers that one address may take in a quarter of an hour: a large school has one address."""
FORWARDING = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Headers that tell of a proxy, which may stand on this machine and let in anybody."""


@blueprint.get("/sign-in")
def get_sign_in() -> Response:
    """Show the ways to sign in."""
    return _sign_in_page(after=own_path(request.args.get("next", "")))


@blueprint.post("/sign-in/credential")
def post_credential() -> Response:
    """Sign in with the key and the secret of a credential."""
    sent = open_form()
    after, key = own_path(sent.get("next", "")), sent.get("key", "").strip()
    secret = sent.get("secret", "").strip()
    address = request.remote_addr or "unknown"
    try:
        credential = service().sign_ins.check(key, secret, address)
    except UnauthorizedError:
        return _sign_in_page(401, after=after, problem="signin.wrong", key=key)
    return _enter(service().sessions.start(credential, secret=secret), after)


@blueprint.post("/sign-in/demo")
def post_demo() -> Response:
    """Sign in as somebody of the demo."""
    sent = open_form()
    for store in _demo_stores():
        for entrance in store.entrances:
            if (store.name, entrance.role) == (sent.get("store"), sent.get("role")):
                key = page_key(database(), store.id, entrance.learner)
                credential = Credential(key, entrance.name, store, entrance.scopes, entrance.learner)
                return _enter(service().sessions.start(credential), own_path(sent.get("next", "")))
    raise ForbiddenError("Nobody is signed in without a password but people of the demo, on its own machine.")


@blueprint.post("/sign-in/mail")
def post_mail() -> Response:
    """Send a link to a mail address if a learner has it; the answer is the same if not."""
    sent = open_form()
    mail = sent.get("mail", "").strip()
    send_link(mail, request.remote_addr or "unknown")
    return page("signin/sent.html", title=texts.text("signin.sent_title"), mail=mail)


@blueprint.get(PATH)
def get_link() -> Response:
    """Ask whether to sign in: programs that look at mails open links, and must not use them up."""
    token = request.args.get("token", "")
    if not service().sign_in_links.is_valid(token):
        return _sign_in_page(403, problem="signin.link_over")
    return page("signin/link.html", title=texts.text("signin.link_title"), token=token)


@blueprint.post(PATH)
def post_link() -> Response:
    """Sign in with a link."""
    sent = open_form()
    found = service().sign_in_links.redeem(sent.get("token", ""))
    if found is None:
        return _sign_in_page(403, problem="signin.link_over")
    credential, voucher = found
    return _enter(service().sessions.start(credential, voucher=voucher), own_path(sent.get("next", "")))


@blueprint.get("/sign-in/openid")
def get_openid() -> Response:
    """Lead to the OpenID Connect provider of a store."""
    _count_openid()
    store = find_store(database(), request.args.get("store", ""))
    if store is None:
        raise NotFoundError("There is no such store; go back and choose another way to sign in.")
    address, begun = service().code_flow.begin(store, _back(), own_path(request.args.get("next", "")))
    response = redirect(address, 303)
    set_cookie(response, BEGUN_COOKIE, begun, BEGUN_S)
    return response


@blueprint.get(BACK)
def get_openid_back() -> Response:
    """Take the answer of the provider, once."""
    _count_openid()
    begun = request.cookies.get(BEGUN_COOKIE, "")
    try:
        credential, after, issuer = service().code_flow.finish(begun, request.args.to_dict(), _back())
    except UnauthorizedError as error:
        return _sign_in_page(401, problem="signin.openid_failed", reason=error.message)
    response = _enter(service().sessions.start(credential, voucher=Voucher(issuer)), after)
    response.delete_cookie(BEGUN_COOKIE, path=request.script_root or "/")
    return response


@blueprint.post("/sign-out")
@form
def post_sign_out() -> Response:
    """Sign out here, or everywhere."""
    return sign_out(redirect(link("/sign-in"), 303), everywhere=request.form.get("everywhere") == "yes")


def _enter(token: str, after: str) -> Response:
    return sign_in(redirect(after or link("/"), 303), token)


def _count_openid() -> None:
    """Count a step of signing in at a provider; raise TooManyRequestsError if one address takes too many."""
    address = network_of(request.remote_addr or "unknown")
    if count_asked(f"openid/{address}") > MOST_OPENID_STEPS:
        raise TooManyRequestsError(
            "Too many sign-ins were begun from here; wait a quarter of an hour.", retry_after_s=WINDOW_S
        )


def _back() -> str:
    return f"{request.host_url.rstrip('/')}{link(BACK)}"


def _demo_stores() -> list[Store]:
    """Return the stores of the demo, to a browser on the machine that serves this to nobody else."""
    is_forwarded = any(name in request.headers for name in FORWARDING)
    is_alone = is_loopback(settings().host) and not settings().trusted_proxies and not is_forwarded
    is_here = is_loopback(request.remote_addr or "") and is_own_machine()
    return stores_with_entrances(database()) if is_alone and is_here else []


def _sign_in_page(status: int = 200, **values: object) -> Response:
    known = {
        "demo_stores": _demo_stores(),
        "providers": [
            store for store in stores_with_provider(database()) if store.openid and store.openid.client_id
        ],
        "takes_mail": service().mail.is_set and bool(stores_with_mail_sign_ins(database())),
        "is_plain": not request.is_secure and not is_own_machine(),
    }
    return page("signin/sign_in.html", title=texts.text("signin.title"), status=status, **known, **values)
