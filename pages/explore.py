"""Every figure, split, filtered and compared, for those who analyse: the query is the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from lrs.errors import RequestRefusedError
from pages import texts
from pages.insights import cells
from pages.insights.cards import written_change
from pages.insights.changes import change
from pages.insights.findings import plain
from pages.insights.live import SCRIPTS, live_chart
from pages.insights.panels import (
    Plan,
    chart_of,
    chart_of_months,
    draw_bars,
    draw_lines,
    draw_matrix_and_network,
    draw_months,
)
from pages.insights.tables import ShownCell, ShownTable, shown_cell, shown_table, table_of
from pages.insights.windows import Window, answer, asked_day, asked_window, missing, window_choices
from pages.rendering import HTMX, page
from pages.saved_queries import SCOPE, saved_of
from pages.tables import Table, as_json, as_streamed_csv
from pages.visitors import require
from recommender.insights.answers import Answer, Row
from recommender.insights.asking import COUNTED, FILTERS
from recommender.insights.figures import FIGURES
from recommender.vocabulary.extensions import plain_text

blueprint = Blueprint("explore", __name__)
_GROUPS = "it tells of groups of at least five people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {("/explore", "GET"): _GROUPS, ("/explore.<form>", "GET"): _GROUPS}
MODALITY = "modality"
MOST_ROWS, MOST_BYTES = 10_000, 100 * 1024 * 1024
"""Of a file; what is cut says so."""
MOST_LIVE = 200
"""Bars that somebody may scroll through; the table has as many rows."""
SPLITS = tuple(dict.fromkeys(name for figure in FIGURES.values() for name in figure.by))


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: a figure, its splits, filter and window, and what stands beside it.

    That is the window before, or as many days until the last day `against`.
    """

    figure: str
    by: tuple[str, ...]
    filters: Mapping[str, str]
    window: Window
    is_compared: bool
    against: int | None = None

    def answer(self) -> Answer:
        """Return the answer in the window."""
        return answer(self.figure, self.window, self.by, self.filters)

    def before(self, now: Answer) -> Answer | None:
        """Return the answer in the other window, if one is asked for."""
        if self.against is not None:
            other = Window(None, self.against, self.against + 1 - (now.until_day - now.since_day))
            return answer(self.figure, other, self.by, self.filters)
        if not self.is_compared:
            return None
        return answer(self.figure, self.window.before(now), self.by, self.filters)


@blueprint.get("/explore")
def get_explore() -> Response:
    """Show the form, and the answer to what it asks; what cannot be asked is said beside what was typed."""
    visitor = require(SCOPE)
    try:
        shown, status = _shown(_query()), 200
    except RequestRefusedError as refused:
        shown, status = {"problem": refused.message}, refused.status
    return page(
        "explore/explore.html",
        title=texts.text("explore.title"),
        status=status,
        figures=[
            (name, figure.titles[texts.language()]) for name, figure in FIGURES.items() if name in COUNTED
        ],
        splits=[(name, cells.heading(name)) for name in SPLITS],
        filters=[(name, cells.heading(name)) for name in FILTERS],
        **window_choices(),
        scripts=(HTMX, *SCRIPTS),
        typed=request.args,
        query=f"?{urlencode(list(request.args.items(multi=True)))}",
        saved=saved_of(visitor),
        **shown,
    )


@blueprint.get("/explore.<form>")
def get_table(form: str) -> Response:
    """Return the answer as CSV or JSON; a compared one has the rows of both windows."""
    require(SCOPE)
    if form not in ("csv", "json"):
        abort(404)
    query = _query()
    if query is None:
        raise RequestRefusedError(
            "No figure is asked for; add ?figure= and the name of one, as /definitions lists them."
        )
    now = query.answer()
    table, before = table_of(now), query.before(now)
    rows = [*table.rows, *(table_of(before).rows if before else [])]
    found = Table(table.name, table.columns, rows)
    if form == "csv":
        return as_streamed_csv(found, MOST_ROWS, MOST_BYTES)
    return as_json(Table(table.name, table.columns, rows[:MOST_ROWS]))


def _query() -> Query | None:
    """Read the query from the address; None where no figure is chosen yet."""
    sent = request.args
    if not sent.get("figure"):
        return None
    by = tuple(name for name in (sent.get("by", ""), sent.get("and", "")) if name)
    filters = {sent["where"]: _value(sent["where"], sent.get("is", ""))} if sent.get("where") else {}
    is_compared, against = sent.get("compare") == "before", asked_day("against")
    return Query(sent["figure"], by, filters, asked_window(), is_compared, against)


def _value(name: str, typed: str) -> str:
    """Return the value of a filter as it is kept: plain, but for the address of a nugget."""
    return typed.strip() if name == "nugget" else plain_text(typed)


def _shown(query: Query | None) -> dict[str, Any]:
    if query is None:
        return {}
    now = query.answer()
    before = query.before(now)
    return {
        "figure": now.figure,
        "name": now.figure.titles[texts.language()],
        "sentence": now.figure.sentences[texts.language()],
        "since": texts.day(now.since_day),
        "last": texts.day(now.until_day - 1),
        "floor": now.floor,
        "most_rows": texts.number(MOST_ROWS),
        "missing": missing(now),
        "shown": compared_table(now, before) if before else shown_table(now),
        "chart": draw(now),
    }


def compared_table(now: Answer, before: Answer) -> ShownTable:
    """Return the first column of both windows side by side, with the change of each row and its interval."""
    column = now.columns[0]
    earlier = {row.labels: row for row in before.rows}
    plain_table = shown_table(now, (column,))
    rows: list[tuple[ShownCell, ...]] = []
    pairs = [(row, earlier.get(row.labels)) for row in now.rows] + [(now.total, before.total)]
    for shown, (row, old) in zip(plain_table.rows, pairs, strict=False):
        rows.append((*shown, *_compared(column, row, old, now.floor)))
    is_before = before.until_day == now.since_day
    other = texts.text("explore.before") if is_before else _days_of(before)
    columns = (cells.heading(column), other, texts.text("explore.change"))
    return ShownTable(plain_table.name, plain_table.labels, columns, tuple(rows), plain_table.left_out)


def _days_of(found: Answer) -> str:
    since, last = texts.day(found.since_day), texts.day(found.until_day - 1)
    return texts.text("explore.days", since=since, until=last)


def _compared(column: str, row: Row | None, old: Row | None, floor: int) -> tuple[ShownCell, ShownCell]:
    cell, cell_before = (one.cells.get(column) if one else None for one in (row, old))
    changed = written_change(column, cell, change(cell, cell_before))
    return shown_cell(column, cell_before, floor), ShownCell(changed)


def draw(found: Answer) -> Markup:
    """Draw an answer as its labels ask for: months as time, pairs of teams as a matrix, all others as bars."""
    if not found.rows:
        return Markup("")
    plan = Plan(found.figure.name, plain, found.columns)
    is_over_time = cells.label_columns(found) == ("month",)
    if found.figure.name == "who-helps-whom":
        return draw_matrix_and_network(found, plan)
    if is_over_time and found.figure.name == "modalities":
        return live_chart(chart_of_months(found), "stacked", is_share=False) + draw_months(found, plan)
    column = found.columns[0]
    is_share = any(cells.is_share(row.cells[column]) for row in found.rows if column in row.cells)
    live = live_chart(
        chart_of(found, column, found.rows[:MOST_LIVE]),
        "lines" if is_over_time else "bars",
        is_share=is_share,
    )
    return live + (draw_lines if is_over_time else draw_bars)(found, plan)
