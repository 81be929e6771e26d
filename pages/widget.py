"""What is next, inside the pages of other tools: an iframe that a learner's short-lived token opens.

The token is bound to the origin of the page around it, and only pages of that origin may frame this one. There is no
cookie: each form carries the token.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from lrs.auth.credentials import Credential
from lrs.errors import ForbiddenError, UnauthorizedError
from lrs.resources.bodies import want_body
from lrs.resources.paths import link
from lrs.resources.requests import STORE, note_people, service
from pages.acts import ACTS, act_on, is_in_force, undo
from pages.cards import titled
from pages.home import begun_cards, find_next
from pages.learner import READ
from pages.learner import STORE as STORING
from pages.rendering import HEADERS, POLICY
from pages.texts import language, text
from recommender.api.requests import serving
from recommender.serving.nuggets.recommend import find_scored

LARGEST_FORM_BYTES, SHOWN, LONGEST_TOKEN = 32 * 1024, 3, 16_000

blueprint = Blueprint("widget", __name__)
AUDITED = (("/widget", "GET"),)
UNAUDITED = {("/widget/acts", "POST"): "a Statement itself says who stored it and when"}


@blueprint.get("/widget")
def get_widget() -> Response:
    """Show what the learner of a token began and what is next, inside a page of the token's origin."""
    token = request.args.get("token", "")
    try:
        credential, origin = _open(token, READ)
    except (UnauthorizedError, ForbiddenError):
        return _closed()
    note_people(credential.learner)
    store, identifier = credential.store, credential.learner or ""
    scored = find_scored(serving(), store, identifier)
    begun = begun_cards(scored, 1)
    cards, message = find_next(store, scored, limit=SHOWN, without={card.activity for card in begun})
    return _page(
        "learner/widget.html",
        origin,
        begun=begun,
        cards=cards,
        message=message,
        token=token,
        told=_told(credential),
        may_act=credential.allows(STORING),
    )


@blueprint.post("/widget/acts")
def post_act() -> Response:
    """Store what a learner did with a nugget inside another tool, or take it back."""
    want_body(request, LARGEST_FORM_BYTES)
    token, act, activity = (request.form.get(name, "") for name in ("token", "act", "activity"))
    credential, _ = _open(token, STORING)
    kept = {"token": token}
    if act == "undo":
        undo(credential, request.form.get("of", ""), activity)
    else:
        act_on(credential, act, activity)
        kept |= {"did": act, "about": activity}
    return redirect(link(f"/widget?{urlencode(kept)}"), 303)


def _open(token: str, scope: str) -> tuple[Credential, str]:
    """Return what a token allows, and for pages of which origin; raise UnauthorizedError or ForbiddenError."""
    tokens = service().learner_tokens
    if len(token) > LONGEST_TOKEN or not tokens.recognises(token):
        raise UnauthorizedError("This address has no token of a learner; ask the server of the page for one.")
    origin = tokens.read(token).origin
    credential = tokens.check(token, origin)
    g.credential, g.key = credential, credential.key
    request.environ[STORE] = credential.store.id
    service().learner_limit.spend(tokens.read(token).id, "list")
    credential.require(scope)
    return credential, origin


def _told(credential: Credential) -> tuple[str, str, str] | None:
    """Return the act that the address says was done just now, the nugget and its title, if it was."""
    act, activity = request.args.get("did", ""), request.args.get("about", "")
    store = credential.store.id
    learner = serving().learners.find(store, credential.learner or "")
    nugget = serving().catalogue.find(store, serving().models.find(store, learner.persona)).nugget(activity)
    if act not in ACTS or nugget is None or not is_in_force(learner, act, activity):
        return None
    return act, activity, titled(nugget)[0]


def _closed() -> Response:
    response = _page("learner/widget_closed.html", "*")
    response.status_code = 401
    return response


def _page(template: str, origin: str, **values: object) -> Response:
    """Return a page without the frame of the others, which pages of an origin may frame."""
    html = render_template(
        template, language=language(), origin=origin, title=text("learner.title"), **values
    )
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {origin}")
    headers = {**HEADERS, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    headers.pop("Cross-Origin-Opener-Policy")
    return Response(html, headers={**headers, "Cache-Control": "no-store"}, mimetype="text/html")
