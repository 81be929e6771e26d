"""Charts of a comparison as SVG, written by hand: no library for a few bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from lrs.errors import RequestRefusedError
from recommender.evaluation.comparison import Comparison
from recommender.metrics.report import LEARNERPRISE

WIDTH, LABEL, BAR, GAP, TOP = 720, 220, 22, 8, 48
OURS, OTHERS, INK, LINE = "#0b6e4f", "#9db4c0", "#1b1b1e", "#d0d4d9"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, and whether it is ours."""

    label: str
    value: float
    is_ours: bool


def write_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Write ndcg.svg, coverage.svg, popularity.svg, segments.svg and exposure.svg; return those that have anything."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            _write(folder / f"{name}.svg", title, bars) for name, title, bars in _charts(comparison) if bars
        ]
    except OSError as error:
        raise RequestRefusedError(f"No charts can be written into {folder}: {error.strerror}.") from error


def bar_chart(title: str, bars: Sequence[Bar]) -> str:
    """Return an SVG of horizontal bars with their values, readable without colours."""
    height = TOP + len(bars) * (BAR + GAP) + GAP
    most = max((bar.value for bar in bars), default=0.0) or 1.0
    room = WIDTH - LABEL - 80
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="13" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="16" font-weight="bold">{escape(title)}</text>',
    ]
    for place, bar in enumerate(bars):
        y = TOP + place * (BAR + GAP)
        width = max(0.0, bar.value) / most * room
        weight = ' font-weight="bold"' if bar.is_ours else ""
        parts += [
            f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end"{weight}>{escape(bar.label[:34])}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{OURS if bar.is_ours else OTHERS}"/>',
            f'<text x="{LABEL + width + 6:.1f}" y="{y + 16}"{weight}>{bar.value:.3f}</text>',
        ]
    parts.append(
        f'<line x1="{LABEL}" y1="{TOP - 4}" x2="{LABEL}" y2="{height - GAP}" stroke="{LINE}"/></svg>'
    )
    return "\n".join(parts) + "\n"


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
            "How popular what is shown is (1: like what is taken)",
            [_bar(one.recommender, one.popularity) for one in comparison.characters],
        ),
        (
            "segments",
            f"NDCG@{k} by group of learners",
            [Bar(f"{one.kind} {one.name}", one.ndcg, True) for one in ours],
        ),
        (
            "exposure",
            "Shown beside taken, by group of nuggets (1: as much as wanted)",
            [Bar(f"{one.kind} {one.name}", one.ratio, True) for one in shown],
        ),
    ]


def _bar(name: str, value: float) -> Bar:
    return Bar(name, value, name.startswith(LEARNERPRISE))


def _write(path: Path, title: str, bars: Sequence[Bar]) -> Path:
    path.write_text(bar_chart(title, bars), encoding="utf-8")
    return path
