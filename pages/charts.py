"""Charts as figures: an SVG, a sentence for those who do not see it, a caption, a key, and the numbers as a table.

Pure functions from a `Chart` to Markup. Each is drawn twice, for wide and for narrow places; the style sheet shows the
one that fits.
"""

from collections.abc import Callable

from markupsafe import Markup

from pages import plots
from pages.drawing import Chart, Drawing, Missing, Series, Value, Words, axis, mark, px, written

__all__ = [
    "Chart",
    "Missing",
    "Series",
    "Value",
    "Words",
    "bars",
    "funnel",
    "lines",
    "matrix",
    "sparkline",
    "stacked_bars",
    "written",
]

WIDE, NARROW = 900.0, 360.0
"""Widths of the two drawings, in px."""


Draw = Callable[[Chart, float], Drawing]


def stacked_bars(chart: Chart) -> Markup:
    """Draw the parts of a sum over time: a bar for each label, its series from the bottom up."""
    return _figure(chart, plots.stacked_bars, is_over_time=True)


def bars(chart: Chart) -> Markup:
    """Draw the first series as bars from left to right, with the label and the number of each, and its interval."""
    return _figure(chart, plots.bars)


def lines(chart: Chart) -> Markup:
    """Draw each series as a line over time, with its shape at every point; gaps where a number is missing."""
    return _figure(chart, plots.lines, is_over_time=True)


def matrix(chart: Chart) -> Markup:
    """Draw a row for each series and a column for each label; the stronger the colour, the higher the number."""
    return _figure(chart, plots.matrix, rows_are_series=True)


def funnel(chart: Chart) -> Markup:
    """Draw the steps of the first series, each as wide as its number."""
    return _figure(chart, plots.funnel)


def sparkline(values: tuple[float, ...], sentence: str) -> Markup:
    """Draw a line without axes that fits into a line of text."""
    scale = axis(values, 22, 3)
    step = 94 / max(1, len(values) - 1)
    points = " ".join(f"{px(3 + i * step)},{px(scale.at(value))}" for i, value in enumerate(values))
    end = mark("accent", 3 + (len(values) - 1) * step, scale.at(values[-1]), 6) if values else Markup("")
    return Markup(
        '<svg class="spark" viewBox="0 0 100 25" width="100" height="25" role="img" aria-label="{}">'
        '<polyline class="accent-line" points="{}"/>{}</svg>'
    ).format(sentence, points, end)


def _figure(chart: Chart, draw: Draw, *, is_over_time: bool = False, rows_are_series: bool = False) -> Markup:
    """Put together the drawing, its key and caption, and the table.

    Charts over time need a key where they have many series; bars and funnels write each number, or why there is none.
    """
    shows_dots = chart.has_few and (is_over_time or rows_are_series)
    dot = Markup("<br>{}").format(chart.words.dot) if shows_dots else Markup("")
    key = _key(chart) if len(chart.series) > 1 and is_over_time else Markup("")
    return Markup(
        '<figure class="chart{}">{}<figcaption>{}{}{}</figcaption>'
        "<details><summary>{}</summary>{}</details></figure>"
    ).format(
        " over-time" if is_over_time else "",
        _svgs(chart, draw),
        key,
        chart.caption,
        dot,
        chart.words.table,
        _table(chart, rows_are_series),
    )


def _svgs(chart: Chart, draw: Draw) -> Markup:
    """Return the wide and the narrow drawing, or a sentence where there is nothing to draw."""
    if not chart.shown:
        return Markup('<p class="nothing">{}</p>').format(
            chart.words.few if chart.has_few else chart.words.nothing
        )
    return _svg(draw(chart, WIDE), chart.sentence, "wide") + _svg(
        draw(chart, NARROW), chart.sentence, "narrow"
    )


def _svg(drawing: Drawing, sentence: str, kind: str) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, px(drawing.width), px(drawing.height), sentence, Markup("").join(drawing.parts)
    )


def _key(chart: Chart) -> Markup:
    return Markup('<span class="keys">{}</span>').format(
        Markup("").join(
            Markup('<span class="key"><svg viewBox="0 0 10 10" aria-hidden="true">{}</svg>{}</span>').format(
                mark(series.kind, 5, 5, 10), series.name
            )
            for series in chart.series
        )
    )


def _table(chart: Chart, rows_are_series: bool) -> Markup:
    """Return the numbers of a chart as a table: a row for each label, or for each series."""
    columns = chart.labels if rows_are_series else tuple(series.name for series in chart.series)
    by_label = zip(*(series.values for series in chart.series), strict=True)
    rows = (
        [(series.name, series.values) for series in chart.series]
        if rows_are_series
        else list(zip(chart.labels, by_label, strict=True))
    )
    head = Markup("").join(Markup('<th scope="col" class="num">{}</th>').format(column) for column in columns)
    body = Markup("").join(_table_row(name, values, chart.words) for name, values in rows)
    return Markup(
        '<div class="tbl" tabindex="0" role="group" aria-label="{}"><table>'
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(chart.words.table, chart.heading, head, body)


def _table_row(name: str, values: tuple[Value, ...], words: Words) -> Markup:
    cells = (
        Markup('<td class="num{}">{}</td>').format(_few_class(value), written(value, words))
        for value in values
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, Markup("").join(cells))


def _few_class(value: Value) -> str:
    return " few" if isinstance(value, Missing) else ""
