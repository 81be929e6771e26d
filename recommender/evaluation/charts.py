"""Bar charts of a comparison as SVG, with their 95 % intervals, drawn by matplotlib (extra `evaluation`)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrs.errors import RequestRefusedError
from recommender.evaluation.comparison import Comparison
from recommender.metrics.intervals import Interval
from recommender.metrics.report import LEARNERPRISE

INCHES_WIDE, INCHES_A_BAR, INCHES_AROUND = 8.0, 0.35, 1.0
LONGEST_LABEL = 40
OURS, OTHERS = "#2a9d74", "#8ba5b3"
"""Both can be told apart and read on white and on black."""
INK = "#010203"
"""Stands for the colour of the text around a chart, which is dark or light."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, whether it is ours, and the 95 % interval where it has one."""

    label: str
    value: float
    is_ours: bool
    interval: Interval | None = None

    @property
    def reach(self) -> tuple[float, float]:
        """Return how far the interval reaches below and above the value."""
        if self.interval is None:
            return 0.0, 0.0
        return max(0.0, self.value - self.interval.low), max(0.0, self.interval.high - self.value)

    @property
    def text(self) -> str:
        """Return the value and its interval."""
        bounds = f"  [{self.interval.low:.3f}, {self.interval.high:.3f}]" if self.interval else ""
        return f"{self.value:.3f}{bounds}"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under a title; `name` is that of its file."""

    name: str
    title: str
    bars: Sequence[Bar]


def write_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Write each chart that has bars into a folder, as NAME.svg; return the files.

    Raise RequestRefusedError where the folder cannot be written or matplotlib is not installed.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chart in charts_of(comparison):
            path = folder / f"{chart.name}.svg"
            path.write_text(draw_bars(chart.title, chart.bars), "utf-8")
            written.append(path)
    except OSError as error:
        raise RequestRefusedError(f"No charts can be written into {folder}: {error.strerror}.") from error
    return written


def draw_bars(title: str, bars: Sequence[Bar]) -> str:
    """Draw horizontal bars with their values and intervals, readable without colours, as an SVG.

    Equal numbers give equal texts. Raise RequestRefusedError where matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RequestRefusedError(
            "Charts need matplotlib, which is not installed; install learnerprise[evaluation]."
        ) from error
    look: dict[Any, Any] = {
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": title,  # element ids are fixed
        **dict.fromkeys(("text.color", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    }
    buffer = io.StringIO()
    with rc_context(look), warnings.catch_warnings():
        # The file names its fonts, so a reader's own may have the letters that matplotlib's lacks.
        warnings.filterwarnings("ignore", "Glyph")
        figure = Figure((INCHES_WIDE, INCHES_AROUND + INCHES_A_BAR * len(bars)), layout="constrained")
        _fill(figure.subplots(), title, bars)
        figure.savefig(
            buffer, format="svg", transparent=True, metadata={"Title": title, "Date": None, "Creator": None}
        )
    return buffer.getvalue().replace(INK, "currentColor")


def _fill(axes: Any, title: str, bars: Sequence[Bar]) -> None:
    positions = range(len(bars))
    drawn = axes.barh(
        positions,
        [bar.value for bar in bars],
        color=[OURS if bar.is_ours else OTHERS for bar in bars],
        xerr=list(zip(*(bar.reach for bar in bars), strict=True))
        if any(bar.interval for bar in bars)
        else None,
        error_kw={"ecolor": INK, "capsize": 3, "elinewidth": 1},
    )
    axes.bar_label(drawn, [bar.text for bar in bars], padding=4)
    axes.set_yticks(positions, [bar.label[:LONGEST_LABEL] for bar in bars], parse_math=False)
    for label, bar in zip(axes.get_yticklabels(), bars, strict=True):
        label.set_fontweight("bold" if bar.is_ours else "normal")
    axes.invert_yaxis()  # the first bar on top
    axes.margins(x=0.3)  # room for the values
    axes.set_title(title, loc="left", fontweight="bold", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)


def charts_of(comparison: Comparison) -> list[Chart]:
    """Return the charts that have bars: NDCG, its ratios, coverage, popularity, segments, exposure."""
    k = comparison.report.k
    rows = sorted(comparison.report.rows, key=lambda row: -row.ndcg)
    shown = [one for one in comparison.exposures if one.recommender == LEARNERPRISE]
    found = (
        Chart("ndcg", f"NDCG@{k}", [_bar(row.name, row.ndcg, comparison.ndcg.get(row.name)) for row in rows]),
        Chart(
            "ratios",
            f"NDCG@{k} of {LEARNERPRISE} over that of the other (1: equal)",
            [_bar(name, one.mean, one) for name, one in comparison.ratios.items()],
        ),
        Chart("coverage", "Share of the nuggets ever shown", [_bar(row.name, row.coverage) for row in rows]),
        Chart(
            "popularity",
            "Popularity of the nuggets shown (1: the same as of those taken)",
            [_bar(one.recommender, one.popularity) for one in comparison.characters],
        ),
        Chart(
            "segments",
            f"NDCG@{k} of {LEARNERPRISE} by group of learners",
            [
                Bar(f"{one.kind} {one.name} ({one.learners} learners)", one.ours.mean, True, one.ours)
                for one in comparison.segments
            ],
        ),
        Chart(
            "exposure",
            "Share shown over share taken, by group of nuggets (1: as much as wanted)",
            [Bar(f"{one.kind} {one.name}", one.ratio, True) for one in shown],
        ),
    )
    return [chart for chart in found if chart.bars]


def _bar(name: str, value: float, interval: Interval | None = None) -> Bar:
    return Bar(name, value, name.startswith(LEARNERPRISE), interval)
