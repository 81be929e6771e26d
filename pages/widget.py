"""What is next, inside the pages of other tools: an iframe that a learner's short-lived token opens.

The token is bound to the origin of the page around it, and only pages of that origin may frame this one. There is no
cookie: each form carries the token, the first one too, so that it stands in no address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from lrs.auth.credentials import Credential
from lrs.errors import ForbiddenError, UnauthorizedError
from lrs.resources.bodies import want_body
from lrs.resources.requests import STORE, note_people, service
from pages.acts import act_on, is_in_force, undo
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
AUDITED = (("/widget", "POST"), ("/widget/acts", "POST"))
UNAUDITED: dict[tuple[str, str], str] = {}


@blueprint.post("/widget")
def post_widget() -> Response:
    """Show what the learner of a token began and what is next, inside a page of the token's origin."""
    return _in_frame(lambda credential, _: _list(credential))


@blueprint.post("/widget/acts")
def post_act() -> Response:
    """Store what a learner did with a nugget inside another tool, or take it back, and show the list anew."""
    return _in_frame(_act)


def _in_frame(show: Callable[[Credential, Mapping[str, str]], Mapping[str, object]]) -> Response:
    """Return the page that a form with a token asks for; where the token lets nobody in, what to do."""
    want_body(request, LARGEST_FORM_BYTES)
    token = request.form.get("token", "")
    try:
        credential, origin = _open(token)
    except (UnauthorizedError, ForbiddenError):
        return _closed()
    return _page("learner/widget.html", origin, token=token, **show(credential, request.form))


def _act(credential: Credential, sent: Mapping[str, str]) -> Mapping[str, object]:
    credential.require(STORING)
    act, activity = sent.get("act", ""), sent.get("activity", "")
    if act == "undo":
        undo(credential, sent.get("of", ""), activity)
        return _list(credential)
    act_on(credential, act, activity)
    return _list(credential, act, activity)


def _list(credential: Credential, act: str = "", activity: str = "") -> Mapping[str, object]:
    """Return what the page shows: what was begun, what is next, and the act that was just done."""
    note_people(credential.learner)
    store, identifier = credential.store, credential.learner or ""
    scored = find_scored(serving(), store, identifier)
    begun = begun_cards(scored, 1)
    cards, message = find_next(store, scored, limit=SHOWN, without={card.activity for card in begun})
    nugget = scored.snapshot.nugget(activity)
    is_told = nugget is not None and is_in_force(scored.learner, act, activity)
    return {
        "begun": begun,
        "cards": cards,
        "message": message,
        "told": (act, activity, titled(nugget)[0]) if nugget and is_told else None,
        "may_act": credential.allows(STORING),
    }


def _open(token: str) -> tuple[Credential, str]:
    """Return what a token allows, and for pages of which origin; raise UnauthorizedError or ForbiddenError."""
    tokens = service().learner_tokens
    if len(token) > LONGEST_TOKEN or not tokens.recognises(token):
        raise UnauthorizedError("This form has no token of a learner; ask the server of the page for one.")
    origin = tokens.read(token).origin
    credential = tokens.check(token, origin)
    g.credential, g.key = credential, credential.key
    request.environ[STORE] = credential.store.id
    service().learner_limit.spend(tokens.read(token).id, "list")
    credential.require(READ)
    return credential, origin


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
