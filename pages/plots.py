"""The drawings of charts: each turns a chart and a width into parts of an SVG."""

import itertools
import math

from markupsafe import Markup

from pages.drawing import (
    LETTER,
    Axis,
    Chart,
    Drawing,
    Missing,
    Series,
    Value,
    Words,
    axis,
    label,
    line,
    mark,
    rectangle,
    width_of,
    written,
)

LINE = 16
"""Height of a line of text, in px."""
NARROW_FIELD = 60
"""Columns of a matrix that are narrower, in px, have the numbers of the rows that are called the same."""


def stacked_bars(chart: Chart, width: float) -> Drawing:
    """Draw a bar for each label, its series from the bottom up."""
    sums = tuple(
        sum(value for value in values if not isinstance(value, Missing))
        for values in zip(*(series.values for series in chart.series), strict=True)
    )
    height = 240.0 if width > 600 else 200.0
    scale = axis(sums, height - 30, 14)
    left = _tick_width(scale, chart.words)
    band = (width - left - 4) / len(chart.labels)
    parts = list(_grid(scale, left, width, chart.words))
    for i in range(len(chart.labels)):
        parts += _stack(chart, i, left + (i + 0.5) * band, min(0.62 * band, 64), scale)
    parts += _labels_below(chart.labels, left, band, height - 10)
    return Drawing(tuple(parts), width, height)


def _stack(chart: Chart, index: int, x: float, width: float, scale: Axis) -> list[Markup]:
    """Draw one bar: its parts from the bottom up, each with its shape, and a dot above it where a part is hidden."""
    parts, total = [], 0.0
    for series in chart.series:
        value = series.values[index]
        if isinstance(value, Missing) or value <= 0:
            continue
        bottom, top = scale.at(total), scale.at(total + value)
        parts.append(rectangle(series.kind, x - width / 2, top, width, max(bottom - top - 1.5, 0.5)))
        if bottom - top > 18 and width > 20:
            parts.append(Markup('<g class="on">{}</g>').format(mark(series.kind, x, (top + bottom) / 2, 7)))
        total += value
    if any(series.values[index] is Missing.FEW for series in chart.series):
        parts.append(label("•", x, scale.at(total) - 4, kind="ink"))
    return parts


def _grid(scale: Axis, left: float, width: float, words: Words) -> list[Markup]:
    """Draw a line and its number for each tick."""
    parts = []
    for tick in scale.ticks:
        y = scale.at(tick)
        parts += [line("grid", left, y, width, y), label(words.short(tick), left - 6, y + 4, anchor="end")]
    return parts


def _tick_width(scale: Axis, words: Words) -> float:
    return max(width_of(words.short(tick)) for tick in scale.ticks) + 10


def _labels_below(labels: tuple[str, ...], left: float, band: float, y: float) -> list[Markup]:
    """Write labels under bars or points; as many as fit, the last one always."""
    widest = min(max(width_of(text) for text in labels) + LETTER, 90)
    every = max(1, math.ceil(widest / band))
    end = left + band * len(labels) + 4
    return [
        label(
            text,
            min(left + (i + 0.5) * band, end - min(width_of(text), 90) / 2),
            y,
            fits=max(band * every, 90) - 4,
        )
        for i, text in enumerate(labels)
        if (len(labels) - 1 - i) % every == 0
    ]


def bars(chart: Chart, width: float) -> Drawing:
    """Draw a bar from left to right for each label."""
    series = chart.series[0]
    bounds = tuple(bound for interval in series.intervals if interval for bound in interval)
    side = _side_width(chart.labels, width)
    longest = max(width_of(written(value, chart.words)) for value in series.values)
    scale = axis(chart.shown + bounds, side, width - longest - 12)
    parts: list[Markup] = []
    for i, (text, value) in enumerate(zip(chart.labels, series.values, strict=True)):
        y = 6 + i * 30
        parts.append(label(text, side - 8, y + 16, anchor="end", fits=side - 8, kind="ink"))
        parts += _bar(series, i, y, scale, written(value, chart.words))
    return Drawing(tuple(parts), width, 12 + 30 * len(chart.labels))


def _bar(series: Series, index: int, y: float, scale: Axis, number: str) -> list[Markup]:
    """Draw one bar with its number behind it, or only the words where it is hidden."""
    value = series.values[index]
    if isinstance(value, Missing):
        return [label(number, scale.start + 4, y + 16, anchor="start", kind="few")]
    interval = series.intervals[index] if series.intervals else None
    end = max(scale.at(value), scale.at(interval[1]) if interval else 0)
    whiskers = [] if interval is None else _whisker(scale.at(interval[0]), scale.at(interval[1]), y + 12)
    drawn = rectangle(series.kind, scale.start, y, max(scale.at(value) - scale.start, 1), 24)
    return [drawn, *whiskers, label(number, end + 6, y + 16, anchor="start", kind="ink")]


def _whisker(low: float, high: float, y: float) -> list[Markup]:
    """Draw an interval on a light ground, so that it is seen on a bar as well."""
    return [
        line("halo", low - 1, y, high + 1, y),
        line("whisker", low, y, high, y),
        line("whisker", low, y - 4, low, y + 4),
        line("whisker", high, y - 4, high, y + 4),
    ]


def _side_width(labels: tuple[str, ...], width: float) -> float:
    """Return the room for labels at the left: as much as they need, two fifths at most."""
    return min(max(width_of(text) for text in labels) + 10, 0.4 * width)


def lines(chart: Chart, width: float) -> Drawing:
    """Draw a line for each series, broken where a number is missing."""
    height = 240.0 if width > 600 else 200.0
    scale = axis(chart.shown, height - 30, 14)
    left = _tick_width(scale, chart.words)
    band = (width - left - 4) / len(chart.labels)
    parts = list(_grid(scale, left, width, chart.words))
    for series in chart.series:
        points = [
            None if isinstance(value, Missing) else (left + (i + 0.5) * band, scale.at(value))
            for i, value in enumerate(series.values)
        ]
        parts += _broken_line(series.kind, points)
    parts += _labels_below(chart.labels, left, band, height - 10)
    return Drawing(tuple(parts), width, height)


def _broken_line(kind: str, points: list[tuple[float, float] | None]) -> list[Markup]:
    """Draw the points of a line and join neighbours; a missing point is a gap."""
    parts = [
        line(f"{kind}-line", *start, *end)
        for start, end in itertools.pairwise(points)
        if start is not None and end is not None
    ]
    return parts + [mark(kind, *point, 9) for point in points if point is not None]


def matrix(chart: Chart, width: float) -> Drawing:
    """Draw a row of fields for each series."""
    names = tuple(series.name for series in chart.series)
    side = _side_width(names, width * 0.75)
    heads = chart.labels
    if (width - side) / len(heads) < NARROW_FIELD and names == heads:
        heads = tuple(str(number + 1) for number in range(len(heads)))
        names = tuple(f"{head} {name}" for head, name in zip(heads, names, strict=True))
        side = _side_width(names, width * 0.75)
    cell = min((width - side) / len(heads), 96)
    parts = [label(text, side + (i + 0.5) * cell - 2, LINE, fits=cell - 2) for i, text in enumerate(heads)]
    for row, (name, series) in enumerate(zip(names, chart.series, strict=True)):
        y = LINE + 8 + row * 38
        parts.append(label(name, side - 8, y + 22, anchor="end", fits=side - 8, kind="ink"))
        for column, value in enumerate(series.values):
            parts += _matrix_cell(value, side + column * cell, y, cell, chart)
    return Drawing(tuple(parts), width, LINE + 12 + 38 * len(names))


def _matrix_cell(value: Value, x: float, y: float, cell: float, chart: Chart) -> list[Markup]:
    """Draw a field as strong as its number; a dot where it is hidden, nothing where it is zero."""
    shown = 0.0 if isinstance(value, Missing) else value
    strength = 0.08 + 0.5 * shown / max(chart.shown) if shown > 0 else 0.0
    field = rectangle("cell", x, y, cell - 4, 34, fill_opacity=f"{strength:.2f}")
    words = "•" if value is Missing.FEW else chart.words.short(shown) if shown else ""
    fits = words and width_of(words) <= cell - 4
    return [field, label(words, x + cell / 2 - 2, y + 22, kind="ink")] if fits else [field]


def funnel(chart: Chart, width: float) -> Drawing:
    """Draw the steps below each other, each as long as its number."""
    values = chart.series[0].values
    side = _side_width(chart.labels, width)
    highest = max(*chart.shown, 1e-9)
    room = width - side - 110
    parts: list[Markup] = []
    for i, (text, value) in enumerate(zip(chart.labels, values, strict=True)):
        y = 4 + i * 44
        parts.append(label(text, side - 8, y + 21, anchor="end", fits=side - 8, kind="ink"))
        number = written(value, chart.words)
        if isinstance(value, Missing):
            parts.append(label(number, side + 4, y + 21, anchor="start", kind="few"))
            continue
        length = max(room * value / highest, 2)
        parts.append(rectangle("accent", side, y, length, 32))
        parts.append(label(number, side + length + 6, y + 21, anchor="start", kind="ink"))
    return Drawing(tuple(parts), width, 44 * len(values))
