"""What to make next: what is wanted, searched in vain, shown, left and liked, in figures that tell of nobody."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from pages import texts
from pages.catalogue.listing import WRITE
from pages.insights import findings
from pages.insights.downloads import download
from pages.insights.panels import Plan, draw_bars, panels
from pages.insights.windows import asked_window, window_choices
from pages.rendering import page
from pages.visitors import require
from recommender.api.requests import serving

blueprint = Blueprint("catalogue_figures", __name__)
_GROUPS = "it tells of groups of at least five people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/catalogue/figures", "GET"): _GROUPS,
    ("/catalogue/figures/<name>.<form>", "GET"): _GROUPS,
}
FIFTHS = range(20, 101, 20)
"""The parts of a nugget of which the page tells who reached them; the files have every tenth."""
PLANS = (
    Plan("wanted-not-taught", findings.largest, ("wanting",), draw_bars),
    Plan(
        "searches-in-vain",
        findings.plain,
        ("without_hit", "without_click", "people"),
        is_wide=True,
        largest_first=True,
    ),
    Plan("funnel", findings.plain, ("people", "opened", "started", "completed"), is_wide=True),
    Plan("drop-off", findings.plain, tuple(f"reached_{part}" for part in FIFTHS), is_wide=True),
    Plan("liked", findings.plain, ("liked", "disliked"), is_wide=True),
    Plan("never-shown", findings.plain, ("never_shown",), draw_bars),
    Plan("coming-in", findings.plain, ("waiting",)),
    Plan("near-doubles", findings.plain, ("cosine",)),
    Plan("formats-and-languages", findings.plain, ("wanted", "offered")),
)
"""In the order in which a producer asks: what is missing first, how what there is fares then."""
_BY = {plan.figure: plan.by for plan in PLANS}


@blueprint.get("/catalogue/figures")
def get_figures() -> Response:
    """Show what to make next, in a window."""
    store = require(WRITE).store
    window = asked_window()
    is_empty = not any(True for _ in serving().nugget_search.iterate(store))
    return page(
        "catalogue/figures.html",
        title=texts.text("catalogue.figures"),
        is_empty=is_empty,
        shown_panels=[] if is_empty else panels(PLANS, window),
        window=window,
        **window_choices(),
    )


@blueprint.get("/catalogue/figures/<name>.<form>")
def get_table(name: str, form: str) -> Response:
    """Return the table of a panel as CSV or JSON."""
    require(WRITE)
    return download(name, form, _BY.get(name, ()), _BY)
