"""Reports: chosen figures of an organisation frozen as one HTML file that prints well, and as one CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from lrs.errors import RequestRefusedError
from lrs.resources.requests import service
from pages import texts
from pages.insights import cells, findings
from pages.insights.panels import Panel, Plan, panel, planned
from pages.insights.tables import PARTS, table_of
from pages.insights.windows import Window, answer, asked_window, subtitle, window_choices
from pages.organisation import CARDS, PLANS, SCOPE, cards
from pages.people import find_own_settings, own_address
from pages.rendering import page
from pages.static_files import static_files
from pages.tables import Column, Table, as_csv
from pages.tables import Value as TableValue
from pages.visitors import require
from recommender.insights.answers import Answer
from recommender.insights.asking import COUNTED
from recommender.insights.figures import FIGURES
from recommender.insights.months import date_of, today

blueprint = Blueprint("reports", __name__)
_GROUPS = "it tells of groups of at least five people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {(f"/organisation/report{ending}", "GET"): _GROUPS for ending in ("", ".html", ".csv")}
STYLES = ("learnerprise.css", "charts.css")
CHOICES = {plan.figure: plan for plan in PLANS}
HEADINGS = ("figure", "since", "until", "group", "within", "column", "value", *PARTS)


@blueprint.get("/organisation/report")
def get_report() -> Response:
    """Show the choice of figures, and the report of those chosen as it will be frozen."""
    visitor = require(SCOPE)
    can_mail = service().mail.is_set and visitor.credential.learner is not None
    return page(
        "organisation/report.html",
        title=texts.text("organisation.report_title"),
        choices=[(name, FIGURES[name].titles[texts.language()]) for name in CHOICES if name in COUNTED],
        **window_choices(),
        mails=find_own_settings(visitor) if can_mail else None,
        has_address=can_mail and bool(own_address(visitor)),
        **_asked(),
    )


@blueprint.get("/organisation/report.html")
def get_frozen() -> Response:
    """Return the report as a file that needs nothing else: styles and drawings are in it."""
    require(SCOPE)
    styles = "\n".join(static_files()[name].body.decode() for name in STYLES)
    html = render_template("organisation/frozen.html", styles=styles, language=texts.language(), **_asked())
    response = Response(html, mimetype="text/html")
    response.headers["Content-Disposition"] = f'attachment; filename="learning-{date_of(today())}.html"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@blueprint.get("/organisation/report.csv")
def get_report_csv() -> Response:
    """Return the chosen figures as one CSV: a line for each cell."""
    require(SCOPE)
    window = asked_window()
    rows = [row for plan in chosen(request.args.getlist("figure")) for row in _lines(planned(plan, window))]
    columns = tuple(Column(name, cells.heading(name)) for name in HEADINGS)
    return as_csv(Table(f"learning-{date_of(today())}", columns, rows))


def _asked() -> dict[str, Any]:
    return content(asked_window(), chosen(request.args.getlist("figure")))


def chosen(names: Sequence[str]) -> list[Plan]:
    """Return the plans of figures, of all where none is named; raise RequestRefusedError."""
    names = names or [name for name in CHOICES if name in COUNTED]
    unknown = [name for name in names if name not in CHOICES or name not in COUNTED]
    if unknown:
        known = ", ".join(name for name in CHOICES if name in COUNTED)
        raise RequestRefusedError(f"{unknown[0][:40]!r} is not a figure of this report; use one of {known}.")
    return [CHOICES[name] for name in dict.fromkeys(names)]


def content(window: Window, plans: Sequence[Plan]) -> dict[str, Any]:
    """Return everything that a report says."""
    answers = [(plan, planned(plan, window)) for plan in plans]
    reach = answer("reach", window)
    shown: list[Panel] = [panel(found, plan) for plan, found in answers]
    names = {name for name, _ in CARDS} | {plan.figure for plan in plans}
    return {
        "window": window,
        "chosen": [plan.figure for plan in plans],
        "sentence": findings.first_sentence(
            reach, answer("modalities", Window(None, window.until_day), ("month",))
        ),
        "subtitle": subtitle(reach),
        "shown_cards": cards(window),
        "shown_panels": shown,
        "definitions": [figure for name, figure in FIGURES.items() if name in names],
        "in_language": texts.language(),
        "made": texts.day(today()),
    }


def _lines(found: Answer) -> Iterator[Mapping[str, TableValue]]:
    """Yield a row for each cell of an answer."""
    table = table_of(found)
    rows = (*found.rows, *([found.total] if found.total else []))
    for row, values in zip(rows, table.rows, strict=True):
        labels = dict(
            zip(("group", "within"), (values.get(name) for name in found.label_columns), strict=False)
        )
        days = {name: values[name] for name in ("figure", "since", "until")}
        for column in row.cells:
            numbers = {part: values.get(f"{column}_{part}") for part in PARTS}
            yield {**days, **labels, "column": column, "value": values.get(column), **numbers}
