"""Panels of pages: an answer with its finding as heading, drawn or as a table, and what to do where it is empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from markupsafe import Markup

from pages import charts, texts
from pages.charts import Chart, Series, Value, Words, written
from pages.insights import cells
from pages.insights.findings import amount, has_number
from pages.insights.network import draw_network
from pages.insights.tables import ShownTable, shown_table
from pages.insights.windows import Window, answer
from recommender.insights.answers import Answer, Cell, Row
from recommender.insights.asking import COUNTED

MOST_BARS, MOST_FIELDS, MOST_ROWS = 12, 12, 8
"""So many bars, teams and rows are shown on a page; the table and the CSV have all."""
MODALITIES = ("formal", "informal", "social")
Finding = Callable[[Answer, str], str]


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands in one panel of a page."""

    figure: str
    title: str
    heading: str
    chart: Markup
    table: ShownTable | None
    next_step: str
    is_wide: bool
    floor: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a figure is shown: split by what, drawn how (None: as a table), with which columns and finding.

    A chart draws the first column, and the finding goes by it.
    """

    figure: str
    finding: Finding
    columns: tuple[str, ...]
    draw: Callable[[Answer, Plan], Markup] | None = None
    by: tuple[str, ...] = ()
    is_wide: bool = False
    largest_first: bool = False


def panels(plans: tuple[Plan, ...], window: Window) -> list[Panel]:
    """Ask what is planned and return it as panels."""
    return [panel(planned(plan, window), plan) for plan in plans if plan.figure in COUNTED]


def planned(plan: Plan, window: Window) -> Answer:
    """Ask what is planned. Months are those of a year, whatever window is chosen; the largest may come first."""
    chosen = Window(None, window.until_day) if plan.by == ("month",) else window
    found = answer(plan.figure, chosen, plan.by)
    if not plan.largest_first:
        return found
    column = plan.columns[0]
    ordered = sorted(found.rows, key=lambda row: amount(row.cells.get(column)), reverse=True)
    return replace(found, rows=tuple(ordered))


def panel(found: Answer, plan: Plan) -> Panel:
    """Return one answer as a panel; one that tells only of everybody has no groups; one of nothing says what to do."""
    title = found.figure.titles[texts.language()]
    is_told = any(_tells(row, column) for row in found.rows for column in plan.columns)
    if not is_told and _tells_of_everybody(found, plan):
        return _panel_of_everybody(replace(found, rows=()), plan)
    return Panel(
        found.figure.name,
        title,
        plan.finding(found, plan.columns[0]) if is_told else title,
        plan.draw(found, plan) if plan.draw and is_told else Markup(""),
        shown_table(found, plan.columns, MOST_ROWS) if is_told and not plan.draw else None,
        "" if is_told else _next_step(found),
        plan.is_wide,
        found.floor,
    )


def _tells_of_everybody(found: Answer, plan: Plan) -> bool:
    """Return whether the total has a number that is not what groups are divided by."""
    told = found.total.cells if found.total else {}
    return any(amount(told.get(column)) > 0 for column in plan.columns if column not in cells.RATIOS)


def _panel_of_everybody(found: Answer, plan: Plan) -> Panel:
    title, table = found.figure.titles[texts.language()], shown_table(found, plan.columns)
    return Panel(found.figure.name, title, title, Markup(""), table, "", plan.is_wide, found.floor)


def _tells(row: Row, column: str) -> bool:
    """Return whether a cell has a number; a ratio of nothing to nothing is none."""
    cell = row.cells.get(column)
    return has_number(cell) and (column not in cells.RATIOS or amount(cell) > 0)


def _next_step(found: Answer) -> str:
    name = found.figure.name.replace("-", "_")
    return f"{texts.text('insights.few_people', floor=found.floor)} {texts.text(f'next.{name}')}"


def words(floor: int, column: str, *, is_share: bool) -> Words:
    """Return what charts say in the visitor's language, for numbers of one column."""

    def number(value: float) -> str:
        return cells.written_number(column, value, is_share=is_share)

    return Words(
        number,
        number if is_share else cells.axis_number,
        cells.few(floor),
        texts.text("insights.nothing_counted"),
        texts.text("insights.as_table"),
        texts.text("insights.dot", floor=floor),
    )


def draw_bars(found: Answer, plan: Plan) -> Markup:
    """Draw a bar for each group that is not hidden, with its interval where it has one; hidden ones are counted."""
    column = plan.columns[0]
    told = [row for row in found.rows if not (row.cells.get(column) or Cell()).is_few]
    rows = tuple(told[:MOST_BARS]) or found.rows[:MOST_BARS]
    chart = chart_of(found, column, rows)
    hidden = len(found.rows) - len(told)
    if not told or not hidden:
        return charts.bars(chart)
    more = texts.text("insights.hidden_groups", count=hidden, floor=found.floor)
    return charts.bars(replace(chart, caption=f"{chart.caption} {more}"))


def draw_lines(found: Answer, plan: Plan) -> Markup:
    """Draw a line over the months."""
    return charts.lines(chart_of(found, plan.columns[0], found.rows))


def draw_months(found: Answer, plan: Plan) -> Markup:
    """Draw the acts of each modality, month by month."""
    return charts.stacked_bars(chart_of_months(found))


def chart_of_months(found: Answer) -> Chart:
    """Return the acts of each modality in each of the last 24 months."""
    rows = found.rows[-24:]
    series = tuple(
        Series(texts.text(f"columns.kind_{name}"), _values(rows, f"acts_{name}"), name) for name in MODALITIES
    )
    return _chart(found, "acts_formal", rows, series)


def draw_matrix(found: Answer, plan: Plan) -> Markup:
    """Draw who helps whom: a row for each helping team, a column for each team that is helped."""
    column = plan.columns[0]
    names = tuple(dict.fromkeys(label for row in found.rows for label in row.labels))[:MOST_FIELDS]
    pairs = {row.labels: cells.value_of(row.cells.get(column)) for row in found.rows}
    called = tuple(cells.labelled("team", name) for name in names)
    series = tuple(
        Series(shown, tuple(pairs.get((name, other), 0.0) for other in names))
        for name, shown in zip(names, called, strict=True)
    )
    title, sentence = found.figure.titles[texts.language()], plan.finding(found, column)
    words_ = words(found.floor, column, is_share=False)
    days = found.until_day - found.since_day
    caption = texts.text("insights.rows_help_columns", days=days, floor=found.floor)
    return charts.matrix(
        Chart(f"{title}: {sentence}", caption, texts.text("insights.helps"), called, series, words_)
    )


def draw_matrix_and_network(found: Answer, plan: Plan) -> Markup:
    """Draw who helps whom as a matrix, and as a network where scripts run."""
    return draw_matrix(found, plan) + draw_network(found)


def chart_of(found: Answer, column: str, rows: tuple[Row, ...]) -> Chart:
    """Return one column of some rows as a chart."""
    return _chart(found, column, rows, (_series(found, column, rows),))


def _series(found: Answer, column: str, rows: tuple[Row, ...]) -> Series:
    chosen = [row.cells.get(column) for row in rows]
    bounds = tuple(
        None if cell is None or cell.low is None or cell.high is None else (cell.low, cell.high)
        for cell in chosen
    )
    return Series(cells.heading(column), _values(rows, column), intervals=bounds)


def _chart(found: Answer, column: str, rows: tuple[Row, ...], series: tuple[Series, ...]) -> Chart:
    label = cells.label_columns(found)[0]
    names = tuple(" · ".join(map(cells.labelled, cells.label_columns(found), row.labels)) for row in rows)
    is_share = any(cells.is_share(row.cells[column]) for row in rows if column in row.cells)
    said = words(found.floor, column, is_share=is_share)
    last = ", ".join(f"{one.name} {written(one.values[-1], said)}" for one in series)
    sentence = texts.text(
        "insights.spoken", title=found.figure.titles[texts.language()], name=names[-1], values=last
    )
    return Chart(
        sentence, found.figure.sentences[texts.language()], cells.heading(label), names, series, said
    )


def _values(rows: tuple[Row, ...], column: str) -> tuple[Value, ...]:
    return tuple(cells.value_of(row.cells.get(column)) for row in rows)
