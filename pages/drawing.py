"""What charts are made of: their data, and the marks, labels and axes they are drawn with.

Pure functions to SVG; sizes are attributes, colours are classes.
"""

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from markupsafe import Markup

LETTER = 7.6
"""Average width of a letter of the system font at 12.5 px, in px; wide scripts take twice as much."""
WIDE, WIDER = frozenset("mwMW@%"), 1.4

_MARKS = {
    "formal": Markup('<rect class="formal" x="{left}" y="{top}" width="{size}" height="{size}"/>'),
    "informal": Markup('<circle class="informal" cx="{x}" cy="{y}" r="{half}"/>'),
    "social": Markup('<path class="social" d="M{x} {top}L{right} {bottom}H{left}z"/>'),
    "accent": Markup('<path class="accent" d="M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}z"/>'),
    "other": Markup('<path class="other" d="M{left} {top}H{right}L{left} {bottom}H{right}z"/>'),
}
KINDS = tuple(_MARKS)
"""The kinds of series. Each has a colour and a shape: square, circle, triangle, diamond, hourglass."""


class Missing(Enum):
    """Why there is no number: too few people to show it, or nothing was counted."""

    FEW = "few"
    NOTHING = "nothing"


Value = float | Missing


@dataclass(frozen=True, slots=True)
class Series:
    """Values beside the labels of a chart. `kind` (see `KINDS`) chooses colour and shape; `intervals` are bounds."""

    name: str
    values: tuple[Value, ...]
    kind: str = "accent"
    intervals: tuple[tuple[float, float] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The visitor's words: a number written out, a number on an axis, and what stands for those not shown."""

    number: Callable[[float], str]
    short: Callable[[float], str]
    few: str
    nothing: str
    table: str
    dot: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: labels and series, the sentence that says it all, a caption, and the heading of the labels."""

    sentence: str
    caption: str
    heading: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    words: Words

    @property
    def shown(self) -> tuple[float, ...]:
        """All numbers that may be shown."""
        return tuple(
            value for series in self.series for value in series.values if not isinstance(value, Missing)
        )

    @property
    def has_few(self) -> bool:
        """Whether a number is hidden because it speaks of too few people."""
        return any(value is Missing.FEW for series in self.series for value in series.values)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The parts of an SVG and its size, in px."""

    parts: tuple[Markup, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values to pixels; its ticks are round numbers. `start` and `end` are the pixels of `low` and `high`."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> tuple[float, ...]:
        """The round numbers between the lowest and the highest value."""
        first = math.ceil(self.low / self.step)
        return tuple(i * self.step for i in range(first, math.floor(self.high / self.step * 1.000001) + 1))


def axis(values: tuple[float, ...], start: float, end: float) -> Axis:
    """Return an axis from zero (or below) to the highest value, with at most five ticks."""
    lowest, highest = min((*values, 0.0)), max((*values, 0.0))
    if lowest == highest:
        highest = 1.0
    return Axis(lowest, highest, _round_step((highest - lowest) / 4), start, end)


def _round_step(rough: float) -> float:
    """Return the next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)


def width_of(text: str) -> float:
    """Estimate the width of a text, in px."""
    return LETTER * sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else WIDER if letter in WIDE else 1
        for letter in text
    )


def shortened(text: str, width: float) -> str:
    """Cut a text so that it fits into a width, with an ellipsis."""
    if width_of(text) <= width:
        return text
    kept = ""
    for letter in text:
        if width_of(kept + letter + "…") > width:
            break
        kept += letter
    return kept.rstrip() + "…"


def label(
    text: str, x: float, y: float, *, anchor: str = "middle", fits: float = math.inf, kind: str = ""
) -> Markup:
    """Draw a text; one that was cut carries the whole as its title."""
    shown = shortened(text, fits)
    title = Markup("<title>{}</title>").format(text) if shown != text else Markup("")
    kind_class = Markup(' class="{}"').format(kind) if kind else Markup("")
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}{}</text>').format(
        kind_class, px(x), px(y), anchor, shown, title
    )


def mark(kind: str, x: float, y: float, size: float) -> Markup:
    """Draw the shape of a kind of series around a point."""
    half = size / 2
    sides = {"left": x - half, "right": x + half, "top": y - half, "bottom": y + half}
    return _MARKS[kind].format(
        x=px(x), y=px(y), size=px(size), half=px(half), **{name: px(at) for name, at in sides.items()}
    )


def rectangle(kind: str, left: float, top: float, width: float, height: float, **attributes: str) -> Markup:
    """Draw a rectangle with slightly round corners."""
    written = (Markup(' {}="{}"').format(name.replace("_", "-"), value) for name, value in attributes.items())
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"{}/>').format(
        kind, px(left), px(top), px(width), px(height), Markup("").join(written)
    )


def line(kind: str, from_x: float, from_y: float, to_x: float, to_y: float) -> Markup:
    """Draw a straight line."""
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        kind, px(from_x), px(from_y), px(to_x), px(to_y)
    )


def px(value: float) -> str:
    """Write a length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def written(value: Value, words: Words) -> str:
    """Write a value: its number, or why there is none."""
    if isinstance(value, Missing):
        return words.few if value is Missing.FEW else words.nothing
    return words.number(value)
