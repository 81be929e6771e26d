"""Launches from a learning management system: they sign people in, inside its pages or in a window of its own.

A page inside another one has a cookie of its own kind, which some browsers refuse. Then a link that works once opens
the page in a new window.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from lrs.auth.lti.launching import VALID_S, Launch
from lrs.auth.sessions import Voucher
from lrs.errors import RequestRefusedError, UnknownTokenError
from lrs.resources.bodies import want_body
from lrs.resources.lti import LAUNCH_PATH, LOGIN_PATH
from lrs.resources.paths import link
from lrs.resources.requests import STORE, own_origin, service
from pages import texts
from pages.lti import choosing
from pages.rendering import framed, page
from pages.visitors import own_path, set_cookie, sign_in

blueprint = Blueprint("lti", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    (LOGIN_PATH, "GET"): "it leads to the platform",
    (LOGIN_PATH, "POST"): "it leads to the platform",
    (LAUNCH_PATH, "POST"): "it is about the person who signs in, and what is seen then is audited",
}
LARGEST_FORM_BYTES = 64 * 1024
BEGUN = "learnerprise-lti-begun-"
DIGEST_DIGITS = 32
FAILED = "(lti)"
"""What the log has in the place of a key for a message that no platform made."""


@blueprint.route(LOGIN_PATH, methods=["GET", "POST"])
def begin() -> Response:
    """Lead the browser to the platform that begins a launch, to come back with a message."""
    want_body(request, LARGEST_FORM_BYTES)
    address, state = service().lti_launches.begin(request.values.to_dict(), _address(LAUNCH_PATH))
    response = redirect(address, 302)
    set_cookie(response, _begun(state), "1", VALID_S, framed=True)
    return response


@blueprint.post(LAUNCH_PATH)
def post_launch() -> Response:
    """Take the message of a platform, and show the person's page."""
    want_body(request, LARGEST_FORM_BYTES)
    sent = request.form.to_dict()
    try:
        launch = service().lti_launches.finish(sent)
    except UnknownTokenError:
        service().sign_ins.note_failure(FAILED, request.remote_addr or "unknown")
        raise
    store = launch.credential.store
    g.key, request.environ[STORE] = launch.credential.key, store.id
    if launch.message.links is not None:
        response = choosing.show(service().lti_links.begin(launch))
    else:
        response = _enter(launch, sent, link(_target(launch)))
    response.delete_cookie(
        _begun(sent["state"]), path=request.script_root or "/", secure=True, samesite="None", partitioned=True
    )
    return response


def _enter(launch: Launch, sent: Mapping[str, str], after: str) -> Response:
    """Sign the person in: in the frame, in the window, or, where the browser keeps no cookie, by a link."""
    credential, platform = launch.credential, launch.platform
    voucher = Voucher(platform.issuer, platform.client_id)
    if _begun(sent["state"]) in request.cookies:
        is_framed = request.headers.get("Sec-Fetch-Dest", "iframe") != "document"
        token = service().sessions.start(credential, voucher=voucher)
        return sign_in(redirect(after, 303), token, framed=is_framed)
    learner = credential.learner or ""
    token = service().sign_in_links.make(
        credential.store, learner, credential.scopes, credential.name, voucher
    )
    shown = page(
        "lti/window.html",
        title=texts.text("lti.window_title"),
        token=token,
        after=after,
        name=credential.name,
        host=urlsplit(platform.issuer).hostname,
    )
    return framed(shown, platform.framing)


def _target(launch: Launch) -> str:
    """Return the path that a launch leads to; raise RequestRefusedError for an address that is not of this service."""
    target = launch.message.target
    path = own_path(target.removeprefix(_origin(target)))
    if _origin(target) != own_origin() or not path:
        raise RequestRefusedError(
            f"The target link {target[:200]!r} is not an address of this service; let the link of the course lead to "
            f"{_address(LAUNCH_PATH)}.",
            path="target_link_uri",
            rule="LTI 1.3 Core 5.3.4",
        )
    own = path.removeprefix(request.script_root)
    return "/" if own.partition("?")[0].rstrip("/") in (LAUNCH_PATH, LOGIN_PATH) else own


def _origin(address: str) -> str:
    """Return what an address begins with up to its path."""
    scheme, joint, rest = address.partition("://")
    return f"{scheme}{joint}{rest.partition('/')[0]}"


def _address(path: str) -> str:
    return f"{own_origin()}{link(path)}"


def _begun(state: str) -> str:
    """Return the name of the cookie of a browser that began a launch."""
    return BEGUN + sha256(state.encode()).hexdigest()[:DIGEST_DIGITS]
