"""Who waits for an answer, and how people help each other, for those who look after communities."""

from __future__ import annotations

from datetime import date

from flask import Blueprint
from werkzeug.wrappers import Response

from lrs.resources.requests import own_origin
from pages import texts
from pages.insights import findings
from pages.insights.cards import card
from pages.insights.downloads import download
from pages.insights.panels import Plan, draw_bars, draw_matrix, panels
from pages.insights.windows import answer, asked_window
from pages.organisation import is_empty, subtitle
from pages.rendering import page
from pages.visitors import require
from recommender.insights.asking import COUNTS
from recommender.insights.figures import WINDOWS

blueprint = Blueprint("community", __name__)
SCOPE = "insights/community"
_GROUPS = "it tells of groups of at least five people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {("/community", "GET"): _GROUPS, ("/community/<name>.<form>", "GET"): _GROUPS}

PLANS = (
    Plan("unanswered-questions", findings.everybody, ("unanswered",), draw_bars),
    Plan("first-answer", findings.everybody, ("answered", "median_hours")),
    Plan("who-helps-whom", findings.strongest_edge, ("pairs",), draw_matrix),
    Plan("bridges", findings.apart, ("reaching_out",), draw_bars),
    Plan("newcomers-without-links", findings.everybody, ("without_links",), draw_bars),
    Plan("rising-topics", findings.largest, ("rise",), draw_bars),
    Plan("stuck", findings.largest, ("stuck",), draw_bars),
    Plan("taking-part", findings.apart, ("social", "any")),
    Plan("communities", findings.apart, ("active", "attended")),
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
    if "taking-part" not in COUNTS or is_empty(answer("taking-part", window), "any"):
        return page(
            "community/community.html",
            title=title,
            is_empty=True,
            store=seen.credential.store.name,
            address=own_origin(),
        )
    waiting = answer("unanswered-questions", window)
    return page(
        "community/community.html",
        title=title,
        sentence=findings.everybody(waiting, "unanswered"),
        subtitle=subtitle(waiting),
        shown_cards=[card(answer(name, window), column) for name, column in CARDS if name in COUNTS],
        shown_panels=panels(PLANS, window),
        window=window,
        windows=WINDOWS,
        today=date.today().isoformat(),
    )


@blueprint.get("/community/<name>.<form>")
def get_table(name: str, form: str) -> Response:
    """Return the table of a panel as CSV or JSON."""
    require(SCOPE)
    return download(name, form, _BY.get(name, ()), _BY)
