"""Who waits for an answer, and how people help each other, for those who look after communities."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, redirect
from werkzeug.wrappers import Response
from werkzeug.wrappers import Response as AnyResponse

from lrs.personas import PersonaId
from lrs.resources.paths import link
from lrs.resources.requests import note_personas, own_origin
from pages import texts
from pages.askers import find_askers
from pages.insights import cells, findings
from pages.insights.cards import card
from pages.insights.downloads import download
from pages.insights.live import SCRIPTS
from pages.insights.names import insights
from pages.insights.panels import Plan, draw_bars, draw_matrix_and_network, panels
from pages.insights.windows import answer, asked_window, is_empty, subtitle, window_choices
from pages.learner import field
from pages.offers import offer_peer, offered_at
from pages.people import proof_of, read_person
from pages.rendering import HTMX, page
from pages.visitors import Visitor, form, require
from recommender.api.requests import serving
from recommender.insights.asking import COUNTED
from recommender.insights.named import find_newcomers
from recommender.insights.waiting import Place, find_places
from recommender.storage.own_settings import find_settings

blueprint = Blueprint("community", __name__)
SCOPE = "insights/community"
_GROUPS = "it tells of groups of at least five people"
AUDITED = (("/community", "GET"), ("/community/offers", "POST"))
UNAUDITED = {("/community/<name>.<form>", "GET"): _GROUPS}

MOST_PLACES, MOST_NEWCOMERS = 12, 12

PLANS = (
    Plan("unanswered-questions", findings.everybody, ("unanswered",), draw_bars),
    Plan("first-answer", findings.everybody, ("answered", "median_hours")),
    Plan("who-helps-whom", findings.strongest_edge, ("pairs",), draw_matrix_and_network, is_wide=True),
    Plan("bridges", findings.apart, ("reaching_out",), draw_bars),
    Plan("newcomers-without-links", findings.everybody, ("without_links",), draw_bars),
    Plan("rising-topics", findings.largest, ("rise",), draw_bars, largest_first=True),
    Plan("stuck", findings.largest, ("stuck",), draw_bars, largest_first=True),
    Plan("taking-part", findings.apart, ("social", "any")),
    Plan("communities", findings.apart, ("active", "members", "attended")),
    Plan("suggested-peers", findings.everybody, ("contacted", "suggested", "at_cap")),
)
CARDS = (
    ("unanswered-questions", "unanswered"),
    ("first-answer", "median_hours"),
    ("newcomers-without-links", "without_links"),
    ("taking-part", "social"),
)
_BY = {plan.figure: plan.by for plan in PLANS}


@blueprint.get("/community")
def get_community() -> Response:
    """Show who waits, then how people help each other, in a window."""
    seen = require(SCOPE)
    window = asked_window()
    title = texts.text("community.title")
    if is_empty(answer("taking-part", window), "any"):
        return page(
            "community/community.html",
            title=title,
            is_empty=True,
            store=seen.credential.store.name,
            address=own_origin(),
            window=window,
            **window_choices(),
        )
    places, askers, newcomers = _places(seen), find_askers(seen), _newcomers(seen)
    note_personas([*(one.key for one in askers), *(one.key for one in newcomers)])
    return page(
        "community/community.html",
        title=title,
        sentence=texts.text("community.waiting_count", count=len(places)),
        subtitle=subtitle(answer("unanswered-questions", window)),
        shown_cards=[card(answer(name, window), column) for name, column in CARDS if name in COUNTED],
        waiting_places=places[:MOST_PLACES],
        askers=askers,
        newcomers=newcomers,
        most_newcomers=MOST_NEWCOMERS,
        shown_panels=panels(PLANS, window),
        scripts=(HTMX, *SCRIPTS),
        window=window,
        **window_choices(),
    )


@blueprint.post("/community/offers")
@form
def post_offer() -> AnyResponse:
    """Offer a newcomer to get to know somebody."""
    seen = require(SCOPE)
    persona = read_person(seen, field("person"), field("proof"))
    note_personas([persona])
    offer_peer(seen, persona)
    return redirect(link("/community#newcomers"), 303)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody new without a link, who agreed to be seen here; `offered` is when (us), 0 where an offer may be made."""

    key: PersonaId
    name: str
    proof: str
    offered: int


def _newcomers(seen: Visitor) -> list[Newcomer]:
    people = find_newcomers(insights(), seen.credential.store, MOST_NEWCOMERS)
    kept = {one.id: find_settings(serving().database, seen.store, one.ids) for one in people}
    return [
        Newcomer(one.id, one.name or "", proof_of(seen, one.id), offered_at(kept[one.id])) for one in people
    ]


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """Where a question waits: `host` names the place, `address` leads there if it is one of the web."""

    address: str
    host: str
    topics: str
    since: int


def _places(seen: Visitor) -> list[WaitingPlace]:
    """Return where questions wait, the oldest first."""
    return [_place(one) for one in find_places(insights(), seen.credential.store)]


def _place(place: Place) -> WaitingPlace:
    topics = [cells.labelled("skill", one) for one in place.topics]
    parts = urlsplit(place.address)
    address = place.address if parts.scheme in ("http", "https") else ""
    return WaitingPlace(address, parts.netloc or place.address, ", ".join(topics), place.since)


@blueprint.get("/community/<name>.<form>")
def get_table(name: str, form: str) -> Response:
    """Return the table of a panel as CSV or JSON."""
    require(SCOPE)
    return download(name, form, _BY.get(name, ()), _BY)
