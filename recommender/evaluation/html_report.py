"""A comparison as one HTML file: tables, and charts with their intervals, readable without scripts, light or dark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from recommender.evaluation.charts import charts_of, draw_bars
from recommender.evaluation.comparison import Comparison
from recommender.evaluation.text import describe_options
from recommender.metrics.intervals import Interval
from recommender.metrics.report import LEARNERPRISE
from recommender.training.choosing import describe

STYLE = Markup("""
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
th, td { padding: .25rem .75rem; text-align: right; white-space: nowrap; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
th:first-child, td:first-child { text-align: left; }
tr.ours { font-weight: bold; }
figure { margin: 2rem 0; }
svg { max-width: 100%; height: auto; }
""")  # noqa: E501 - a style sheet
PAGE = Markup("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body>
<h1>{title}</h1>
{parts}
</body>
</html>
""")
_ELEMENT_ID = re.compile(r'<g id="[\w.]+_\d+">')


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A chart as matplotlib drew it, which escapes texts."""

    svg: str

    def __html__(self) -> str:
        return self.svg


def as_html(comparison: Comparison, title: str) -> str:
    """Return the report; raise RequestRefusedError where matplotlib is not installed."""
    parts = [
        *(_paragraph(line) for line in _sentences(comparison)),
        _recommenders(comparison),
        *(_figure(chart.title, draw_bars(chart.title, chart.bars)) for chart in charts_of(comparison)),
        _groups(comparison),
        _settings(comparison),
    ]
    return PAGE.format(title=title, style=STYLE, parts=Markup("\n").join(parts))


def _sentences(comparison: Comparison) -> Iterable[str]:
    yield from comparison.report.as_text().splitlines()[len(comparison.report.rows) + 1 :]
    ratio = comparison.ratios.get(comparison.best_other)
    if ratio:
        yield (
            f"NDCG of {LEARNERPRISE} over that of {comparison.best_other}, the best other by the validation: "
            f"{_bounded(ratio, '.3f')}."
        )
    yield "Brackets and whiskers are 95 % bootstrap intervals over the learners."


def _recommenders(comparison: Comparison) -> Markup:
    k = comparison.report.k
    head = ("recommender", f"NDCG@{k}", "ratio of ours", f"P@{k}", f"recall@{k}", "MRR", "AUC", "coverage")
    rows = []
    for row in sorted(comparison.report.rows, key=lambda row: -row.ndcg):
        ndcg, ratio = comparison.ndcg.get(row.name), comparison.ratios.get(row.name)
        first = (row.name, _bounded(ndcg, ".4f") if ndcg else f"{row.ndcg:.4f}")
        figures = (row.precision, row.recall, row.mrr, row.auc, row.coverage)
        rows.append(
            (*first, _bounded(ratio, ".3f") if ratio else "", *(f"{figure:.4f}" for figure in figures))
        )
    return _table("Recommenders", head, rows)


def _groups(comparison: Comparison) -> Markup:
    rows = [
        (
            f"{one.kind} {one.name}",
            str(one.learners),
            _bounded(one.ours, ".4f"),
            f"{one.ndcg[one.other]:.4f}",
            _bounded(one.difference, "+.4f") + ("" if one.difference.is_certain else " (may be chance)"),
        )
        for one in comparison.segments
    ]
    head = ("group", "learners", LEARNERPRISE, comparison.best_other, "difference")
    return _table("NDCG by group of learners", head, rows)


def _settings(comparison: Comparison) -> Markup:
    rows = [(name, describe_options(options)) for name, options in comparison.options.items() if options]
    chosen = describe(comparison.facts)
    return _table(
        "Settings chosen on the newest part of the past",
        ("recommender", "settings"),
        [(LEARNERPRISE, chosen), *rows] if chosen else rows,
    )


def _figure(title: str, svg: str) -> Markup:
    """Put a chart into the page: without its XML declaration, and without ids that the others have, too."""
    plain = _ELEMENT_ID.sub("<g>", svg[svg.index("<svg") :])
    figure = Markup('<figure role="img" aria-label="{title}">{svg}</figure>')
    return figure.format(title=title, svg=escape(_Drawing(plain)))


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    if not rows:
        return Markup("")
    lines = [_cells("th", head, "")]
    lines += [_cells("td", row, "ours" if row[0].startswith(LEARNERPRISE) else "") for row in rows]
    return Markup("<h2>{title}</h2>\n<table>\n{rows}\n</table>").format(
        title=title, rows=Markup("\n").join(lines)
    )


def _cells(tag: str, cells: Iterable[str], kind: str) -> Markup:
    inner = Markup("").join(Markup("<{tag}>{cell}</{tag}>").format(tag=tag, cell=cell) for cell in cells)
    return Markup('<tr class="{kind}">{cells}</tr>').format(kind=kind, cells=inner)


def _paragraph(line: str) -> Markup:
    return Markup("<p>{line}</p>").format(line=line)


def _bounded(interval: Interval, form: str) -> str:
    return f"{interval.mean:{form}} [{interval.low:{form}}, {interval.high:{form}}]"
