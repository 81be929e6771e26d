"""A teacher chooses nuggets and paths for a course; they go back to the platform as signed links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from lrs.auth.lti.deep_links import Asked, Link
from lrs.auth.platforms import Platform
from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.resources.bodies import want_body
from lrs.resources.paths import link
from lrs.resources.requests import STORE, own_origin, service
from lrs.storage.stored_time import now_us
from pages.cards import card_of, titled
from pages.rendering import framed, page
from pages.texts import language, text
from pages.visitors import require_own_page
from recommender.api.requests import serving
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.nuggets import Nugget
from recommender.serving.search import search
from schemas.search import SearchQuery

blueprint = Blueprint("lti_choosing", __name__)
PATH = "/lti/links"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {(PATH, "POST"): "it is about nuggets and roles"}
LARGEST_FORM_BYTES = 128 * 1024
MOST_CHOSEN, MOST_SHOWN, MOST_PATHS, LONGEST_TEXT = 50, 20, 50, 200
NEXT, NUGGET, ROLE = "next", "nugget:", "path:"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to link to: its key in the form, its title, what is said of it, and the path that it opens."""

    key: str
    title: str
    about: str
    path: str


def show(token: str, text_typed: str = "", chosen: Sequence[str] = (), problem: str = "") -> Response:
    """Return the page on which links are chosen; what was chosen before comes first."""
    store, platform, asked = service().lti_links.read(token)
    own = [one for key in chosen if (one := _find(store, key))]
    keys = {one.key for one in own}
    found = [one for one in _nuggets(store, text_typed) if one.key not in keys]
    paths = [one for one in (_next(), *_paths(store)) if one.key not in keys]
    shown = page(
        "lti/choosing.html",
        title=text("lti.choose_title"),
        status=400 if problem else 200,
        token=token,
        typed=text_typed,
        problem=problem,
        kind="checkbox" if asked.takes_several else "radio",
        groups=[("lti.chosen", own), ("search.nuggets", found), ("lti.paths", paths)],
        chosen=keys,
    )
    return framed(shown, platform.framing)


@blueprint.post(PATH)
def post_links() -> Response:
    """Search for what to link to, or send what was chosen to the platform."""
    require_own_page()
    want_body(request, LARGEST_FORM_BYTES)
    token, typed = request.form.get("token", ""), request.form.get("text", "")[:LONGEST_TEXT].strip()
    store, platform, asked = service().lti_links.read(token)
    request.environ[STORE], g.key = store.id, platform.client_id
    chosen = list(dict.fromkeys(request.form.getlist("item")))
    most = MOST_CHOSEN if asked.takes_several else 1
    if len(chosen) > most:
        raise RequestRefusedError(f"{len(chosen)} links were chosen; choose {most} at most.", path="item")
    if request.form.get("do") != "add":
        return show(token, typed, chosen)
    offers = [one for key in chosen if (one := _find(store, key))]
    if not offers:
        return show(token, typed, chosen, text("lti.nothing_chosen"))
    return _send(platform, asked, offers)


def _send(platform: Platform, asked: Asked, offers: Sequence[Offer]) -> Response:
    """Return the page that brings the links to the platform: its form may go to that one address alone."""
    links = [Link(one.title, one.about, f"{own_origin()}{link(one.path)}") for one in offers]
    shown = page(
        "lti/sending.html",
        title=text("lti.send_title", count=len(links)),
        address=asked.return_address,
        message=service().lti_links.answer(asked, links),
        host=urlsplit(platform.issuer).hostname,
        offers=offers,
    )
    response = framed(shown, platform.framing)
    policy = response.headers["Content-Security-Policy"]
    allowed = f"form-action {_source(asked.return_address)}"
    response.headers["Content-Security-Policy"] = policy.replace("form-action 'self'", allowed)
    return response


def _source(address: str) -> str:
    """Return an address as a policy names it: without its query, and without what would end the word there."""
    plain = address.partition("?")[0].encode("ascii", "backslashreplace").decode()
    return plain.replace(";", "%3B").replace(",", "%2C").replace("'", "%27")


def _next() -> Offer:
    return Offer(NEXT, text("learner.title"), text("lti.next_about"), "/home")


def _nuggets(store: Store, typed: str) -> list[Offer]:
    """Return the nuggets that fit the words, the best first; without words the first ones by title."""
    if typed:
        answer = search(serving(), store, SearchQuery(typed, limit=MOST_SHOWN), language())
        return [_nugget(hit.nugget) for hit in answer.nuggets]
    now = now_us()
    nuggets = (one.nugget for one in serving().nugget_search.iterate(store.id) if one.nugget.is_open(now))
    return [_nugget(one) for one in nsmallest(MOST_SHOWN, nuggets, key=lambda one: titled(one)[0].casefold())]


def _nugget(nugget: Nugget) -> Offer:
    card = card_of(nugget)
    path = f"/home/nugget?{urlencode({'activity': nugget.id})}"
    return Offer(f"{NUGGET}{nugget.id}", card.title, " · ".join(filter(None, (card.kind, *card.facts))), path)


def _paths(store: Store) -> list[Offer]:
    snapshot = serving().catalogue.find(store.id, serving().models.find(store.id, None))
    roles = sorted(snapshot.roles.items(), key=lambda pair: pair[1].name.casefold())
    return [_path(key, role.name) for key, role in roles[:MOST_PATHS]]


def _path(key: str, name: str) -> Offer:
    path = f"/home/path?{urlencode({'role': name})}"
    return Offer(f"{ROLE}{key}", text("lti.path_to", name=name), text("lti.path_about"), path)


def _find(store: Store, key: str) -> Offer | None:
    """Return what a key of the form stands for, None for what is not, or not any more, in the catalogue."""
    if key == NEXT:
        return _next()
    if key.startswith(NUGGET):
        name = key.removeprefix(NUGGET)
        nugget = find_nuggets(serving().database, store.id, [name]).get(name)
        return _nugget(nugget) if nugget and nugget.is_open(now_us()) else None
    return next((one for one in _paths(store) if one.key == key), None)
