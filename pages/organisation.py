"""How the organisation learns, for those who lead its learning: one sentence, four figures, and what proves them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response
from werkzeug.wrappers import Response as AnyResponse

from lrs.errors import RequestRefusedError
from lrs.resources.paths import link
from lrs.resources.requests import note_personas, own_origin
from pages import texts
from pages.insights import findings
from pages.insights.cards import Card, card
from pages.insights.downloads import download
from pages.insights.names import insights, name_of
from pages.insights.panels import Plan, draw_bars, draw_matrix, draw_months, panels
from pages.insights.windows import Window, answer, asked_window, is_empty, subtitle, window_choices
from pages.rendering import page
from pages.visitors import form, require
from recommender.api.insights import keep_measures
from recommender.insights.asking import COUNTED
from recommender.insights.named import find_ready, find_wanting_roles
from schemas.errors import InvalidInputError

blueprint = Blueprint("organisation", __name__)
SCOPE = "insights/organisation"
MOST_KEPT, MOST_READY = 10**9, 200
MOST_SHOWN = 200_000
"""Bytes of a table that are shown to be corrected; a larger one is corrected in its file."""
_GROUPS = "it tells of groups of at least five people"
AUDITED = (("/organisation/ready", "GET"),)
UNAUDITED = {
    ("/organisation", "GET"): _GROUPS,
    ("/organisation/<name>.<form>", "GET"): _GROUPS,
    ("/organisation/measures", "POST"): "it is about teams",
}

PLANS = (
    Plan("modalities", findings.learning, ("all_three",), draw_months, ("month",), is_wide=True),
    Plan("skills-gap", findings.largest, ("gap", "gap_before"), largest_first=True),
    Plan("who-helps-whom", findings.strongest_edge, ("pairs",), draw_matrix),
    Plan("reach", findings.apart, ("active",), draw_bars, ("team",)),
    Plan("completion", findings.apart, ("completed",), draw_bars, ("modality",)),
    Plan("wanted-not-taught", findings.largest, ("wanting",), draw_bars, largest_first=True),
    Plan("readiness", findings.largest, ("ready",), draw_bars),
    Plan("equity", findings.apart, ("started", "shown", "catalogue")),
    Plan("connectedness", findings.apart, ("connected",), draw_bars, ("team",)),
    Plan(
        "before-and-after",
        findings.effects,
        ("difference", "p", "teams_taking_part", "other_teams"),
        is_wide=True,
    ),
)
CARDS = (
    ("reach", "active"),
    ("completion", "completed"),
    ("first-answer", "median_hours"),
    ("connectedness", "across"),
)
_BY = {plan.figure: plan.by for plan in PLANS}


@blueprint.get("/organisation")
def get_organisation() -> Response:
    """Show how the organisation learns in a window."""
    seen = require(SCOPE)
    window = asked_window()
    reach = answer("reach", window)
    shown: dict[str, Any] = {"window": window, **window_choices()}
    shown |= {"store": seen.credential.store.name, "address": own_origin()}
    if is_empty(reach):
        title = texts.text("organisation.title")
        return page("organisation/organisation.html", title=title, is_empty=True, **shown)
    return page(
        "organisation/organisation.html",
        title=texts.text("organisation.title"),
        sentence=findings.first_sentence(
            reach, answer("modalities", Window(None, window.until_day), ("month",))
        ),
        subtitle=subtitle(reach),
        shown_cards=cards(window),
        shown_panels=panels(PLANS, window),
        kept=max(0, min(request.args.get("kept", 0, int), MOST_KEPT)),
        **shown,
    )


@blueprint.get("/organisation/ready")
def get_ready() -> Response:
    """Show who agreed to be considered for roles and is ready for one, by name."""
    seen = require(SCOPE)
    store, roles = seen.credential.store, find_wanting_roles(insights(), seen.credential.store)
    role = request.args.get("role", "")
    role = role if role in roles else next(iter(roles), "")
    people = find_ready(insights(), store, role, MOST_READY + 1)
    note_personas(one.id for one in people[:MOST_READY])
    return page(
        "organisation/ready.html",
        title=texts.text("organisation.ready_title"),
        roles={one: name_of("role", one) for one in roles},
        role=role,
        people=people[:MOST_READY],
        more=len(people) > MOST_READY,
        most=MOST_READY,
    )


@blueprint.get("/organisation/<name>.<form>")
def get_table(name: str, form: str) -> Response:
    """Return the table of a panel as CSV or JSON."""
    require(SCOPE)
    return download(name, form, _BY.get(name, ()), _BY)


@blueprint.post("/organisation/measures")
@form
def post_measures() -> AnyResponse:
    """Keep what was measured of teams, to be compared before and after."""
    seen = require(SCOPE)
    sent = request.files.get("file")
    table = sent.read() if sent and sent.filename else request.form.get("table", "").encode()
    try:
        if not table.strip():
            raise RequestRefusedError(
                "No lines were sent; choose a CSV, or write lines, with the columns team, period, metric, value."
            )
        kept = keep_measures(seen.store, table)
    except (InvalidInputError, RequestRefusedError) as refused:
        return _refused_measures(refused, table)
    return redirect(link(f"/organisation?kept={kept}#before-and-after"), 303)


def _refused_measures(refused: InvalidInputError | RequestRefusedError, table: bytes) -> Response:
    """Say what is wrong beside the lines that were sent, to be corrected there; a file that is no text is not shown."""
    try:
        lines = table[: MOST_SHOWN + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        lines = ""
    return page(
        "organisation/measures.html",
        title=texts.text("organisation.upload_title"),
        status=refused.status,
        problem=refused.message,
        table=lines if len(table) <= MOST_SHOWN else "",
    )


def cards(window: Window) -> list[Card]:
    """Return the four figures of the first screen."""
    titles = {"across": texts.text("organisation.help_across_teams")}
    return [
        card(answer(name, window), column, titles.get(column, ""))
        for name, column in CARDS
        if name in COUNTED
    ]
