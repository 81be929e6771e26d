"""Bar charts of a comparison as SVG files, drawn by matplotlib (extra `evaluation`)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrs.errors import RequestRefusedError
from recommender.evaluation.comparison import Comparison
from recommender.metrics.report import LEARNERPRISE

INCHES_WIDE, INCHES_A_BAR, INCHES_AROUND = 8.0, 0.35, 1.0
LONGEST_LABEL = 40
OURS, OTHERS = "#0b6e4f", "#9db4c0"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, and whether it is ours."""

    label: str
    value: float
    is_ours: bool


def write_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Write ndcg.svg, coverage.svg, popularity.svg, segments.svg and exposure.svg; return those that have bars.

    Raise RequestRefusedError where the folder cannot be written or matplotlib is not installed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            draw_bars(folder / f"{name}.svg", title, bars)
            for name, title, bars in _charts(comparison)
            if bars
        ]
    except OSError as error:
        raise RequestRefusedError(f"No charts can be written into {folder}: {error.strerror}.") from error
    except ImportError as error:
        raise RequestRefusedError(
            "Charts need matplotlib, which is not installed; install learnerprise[evaluation]."
        ) from error


def draw_bars(path: Path, title: str, bars: Sequence[Bar]) -> Path:
    """Draw horizontal bars with their values, readable without colours, as an SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure((INCHES_WIDE, INCHES_AROUND + INCHES_A_BAR * len(bars)), layout="constrained")
    axes = figure.subplots()
    positions = range(len(bars))
    drawn = axes.barh(
        positions, [bar.value for bar in bars], color=[OURS if bar.is_ours else OTHERS for bar in bars]
    )
    axes.bar_label(drawn, [f"{bar.value:.3f}" for bar in bars], padding=4)
    axes.set_yticks(positions, [bar.label[:LONGEST_LABEL] for bar in bars], parse_math=False)
    for label, bar in zip(axes.get_yticklabels(), bars, strict=True):
        label.set_fontweight("bold" if bar.is_ours else "normal")
    axes.invert_yaxis()  # the first bar on top
    axes.margins(x=0.12)  # room for the values
    axes.set_title(title, loc="left", fontweight="bold", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    # Text stays text and element ids are fixed, so that equal numbers give equal files.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": title}), warnings.catch_warnings():
        # The file names its fonts, so a reader's own may have the letters that matplotlib's lacks.
        warnings.filterwarnings("ignore", "Glyph")
        figure.savefig(path, format="svg", metadata={"Title": title, "Date": None})
    return path


def _charts(comparison: Comparison) -> list[tuple[str, str, list[Bar]]]:
    k = comparison.report.k
    rows = sorted(comparison.report.rows, key=lambda row: -row.ndcg)
    ours = [one for one in comparison.segments if one.recommender == LEARNERPRISE]
    shown = [one for one in comparison.exposures if one.recommender == LEARNERPRISE]
    return [
        ("ndcg", f"NDCG@{k}", [_bar(row.name, row.ndcg) for row in rows]),
        ("coverage", "Share of the nuggets ever shown", [_bar(row.name, row.coverage) for row in rows]),
        (
            "popularity",
            "Popularity of the nuggets shown (1: the same as of those taken)",
            [_bar(one.recommender, one.popularity) for one in comparison.characters],
        ),
        (
            "segments",
            f"NDCG@{k} by group of learners",
            [Bar(f"{one.kind} {one.name}", one.ndcg, True) for one in ours],
        ),
        (
            "exposure",
            "Share shown over share taken, by group of nuggets (1: as much as wanted)",
            [Bar(f"{one.kind} {one.name}", one.ratio, True) for one in shown],
        ),
    ]


def _bar(name: str, value: float) -> Bar:
    return Bar(name, value, name.startswith(LEARNERPRISE))
