"""A figure as a card: its number, the sentence with its counts, its change and the way to its definition."""

from __future__ import annotations

from dataclasses import dataclass

from pages import texts
from pages.insights import cells
from pages.insights.changes import Change, change
from recommender.insights.answers import Answer, Cell

MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card; `mood` is "up" (better), "down" (worse) or "" (no clear change)."""

    name: str
    title: str
    number: str
    is_few: bool
    sentence: str
    change: str
    mood: str


def card(answer: Answer, column: str, title: str = "") -> Card:
    """Return the card of one column of an answer, as it is for everybody."""
    cell = answer.total.cells.get(column) if answer.total else None
    before = answer.before.cells.get(column) if answer.before else None
    changed = change(cell, before)
    return Card(
        answer.figure.name,
        title or answer.figure.titles[texts.language()],
        cells.written(column, cell, answer.floor),
        cell is not None and cell.is_few,
        _sentence(column, cell),
        written_change(column, cell, changed),
        mood(column, changed),
    )


def _sentence(column: str, cell: Cell | None) -> str:
    """Write what the number counts, with its counts if there are some."""
    if cell is None or cell.value is None:
        return texts.text("insights.nothing_counted") if cell is None or not cell.is_few else ""
    values = {"count": cell.count or 0, "of": cell.of or 0}
    return texts.text(f"insights.card_{column}", **values)


def mood(column: str, changed: Change | None) -> str:
    """Return whether a change is for the better ("up") or the worse ("down"); empty where nothing is clear."""
    if changed is None or changed.direction == "none":
        return ""
    is_good = (changed.direction == "up") != (column in cells.FALLING_IS_GOOD)
    return "up" if is_good else "down"


def written_change(column: str, cell: Cell | None, changed: Change | None) -> str:
    """Write a change with its interval, that there is no clear one, or that there is nothing to compare with."""
    if changed is None or cell is None:
        return texts.text("insights.no_comparison")
    if changed.direction == "none":
        return texts.text("insights.no_clear_change")
    bounds = (changed.difference, changed.low, changed.high)
    if cells.is_share(cell):
        difference, low, high = (_signed(100 * value) for value in bounds)
        return texts.text("insights.points", difference=difference, low=low, high=high)
    difference, low, high = (_signed(value) for value in bounds)
    key = "insights.hours_change" if column in cells.HOURS else "insights.number_change"
    return texts.text(key, difference=difference, low=low, high=high)


def _signed(value: float) -> str:
    """Write a number with its sign; the minus is the typographic one."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return sign + texts.number(abs(value), 1 if abs(value) < 10 else 0)
