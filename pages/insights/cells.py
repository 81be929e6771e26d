"""Cells and labels of answers as words and numbers of the visitor's language."""

from __future__ import annotations

from datetime import date

from babel.dates import format_skeleton
from babel.numbers import format_compact_decimal

from pages import texts
from pages.charts import Missing, Value
from pages.insights.names import name_of
from recommender.insights.answers import Answer, Cell

NONE, TIMES = "\u2013", "\u00d7"
"""What is written where there is no number, and before a ratio."""
SAME = {"from_team": "team", "to_team": "team", "other_nugget": "nugget"}
"""Columns whose labels are called as those of another."""
OURS = frozenset({"modality", "level"})
"""Labels with names of ours."""
HOURS = frozenset({"median_hours"})
CHANCE, LEAST_CHANCE = "p", 0.01
"""The column of a chance, which is never nothing, and the least that is written."""
RATIOS = frozenset({"rise", "shown", "catalogue", "started"})
WITHIN = {"skills-gap": ("skill",), "wanted-not-taught": ("level",)}
"""What the second label of a row names, where a figure has one more than its split."""
FALLING_IS_GOOD = frozenset({"median_hours", "gap", "without_links", "unanswered", "stuck", "at_cap"})
"""Columns in which less is better."""


def is_share(cell: Cell) -> bool:
    """Return whether a cell is a count out of others, rather than a count or a measure."""
    return cell.count is not None and cell.of is not None


def label_columns(answer: Answer) -> tuple[str, ...]:
    """Return what each label of a row names, also where a split gives two labels."""
    width = len(answer.rows[0].labels) if answer.rows else len(answer.label_columns)
    return (*answer.label_columns, *WITHIN.get(answer.figure.name, ("within",)))[:width]


def written(column: str, cell: Cell | None, floor: int) -> str:
    """Write the number of a cell in the unit of its column, or why there is none."""
    if cell is None or cell.value is None:
        return few(floor) if cell is not None and cell.is_few else NONE
    return written_number(column, cell.value, is_share=is_share(cell))


def written_number(column: str, value: float, *, is_share: bool) -> str:
    """Write a number in the unit of its column."""
    if is_share:
        return texts.percent(value)
    if column in HOURS:
        return texts.text("insights.hours", hours=texts.number(value, 1 if value < 10 else 0))
    if column in RATIOS:
        return f"{TIMES} {texts.number(value, 2)}"
    if column == CHANCE and value < LEAST_CHANCE:
        return f"< {texts.number(LEAST_CHANCE, 2)}"
    return texts.number(value, 0 if abs(value) >= 100 else 2)


def axis_number(value: float) -> str:
    """Write a number for an axis or a field, shortened from ten thousand on."""
    if abs(value) < 10_000:
        return texts.number(value, 0 if value == round(value) else 2)
    return str(format_compact_decimal(value, locale=texts.language(), fraction_digits=1))


def detail(cell: Cell | None) -> str:
    """Write the counts behind a share; empty for other cells."""
    if cell is None or not is_share(cell):
        return ""
    return texts.text("insights.count_of", count=cell.count, of=cell.of)


def few(floor: int) -> str:
    """Say that a number would tell of too few people."""
    return texts.text("insights.few", floor=floor)


def value_of(cell: Cell | None) -> Value:
    """Return what a chart draws of a cell."""
    if cell is None or cell.value is None:
        return Missing.FEW if cell is not None and cell.is_few else Missing.NOTHING
    return cell.value


def heading(column: str) -> str:
    """Return what stands above a column."""
    area = texts.area_texts("columns")
    return texts.text(f"columns.{column}") if column in area else column.replace("_", " ")


def labelled(column: str, label: str) -> str:
    """Return the name of a group in the visitor's language."""
    if column in OURS and f"value_{label}" in texts.area_texts("columns"):
        return texts.text(f"columns.value_{label}")
    if column == "month":
        return _month(label)
    return name_of(SAME.get(column, column), label) or texts.text("insights.without_label")


def _month(label: str) -> str:
    """Write a month (`2026-11`) with its year in January, else alone."""
    try:
        first = date.fromisoformat(f"{label}-01")
    except ValueError:
        return label
    return str(format_skeleton("yMMM" if first.month == 1 else "MMM", first, locale=texts.language()))
