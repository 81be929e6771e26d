"""Whether a figure has changed: the difference of two cells with its 95 % interval, which may include zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from recommender.insights.answers import Cell
from recommender.online.statistics import Z_95, wilson

Direction = Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference and its 95 % interval; both in the unit of the figure (shares: 0 to 1)."""

    difference: float
    low: float
    high: float

    @property
    def direction(self) -> Direction:
        """Return whether it went up or down; "none" where chance alone may explain it."""
        if self.low > 0:
            return "up"
        return "down" if self.high < 0 else "none"


def change(now: Cell | None, before: Cell | None) -> Change | None:
    """Compare two cells by the bounds of both (Newcombe 1998, method 10); None where one of them has no number."""
    if now is None or before is None or now.value is None or before.value is None:
        return None
    (low, high), (low_before, high_before) = bounds(now), bounds(before)
    difference = now.value - before.value
    return Change(
        difference,
        difference - math.hypot(now.value - low, high_before - before.value),
        difference + math.hypot(high - now.value, before.value - low_before),
    )


def bounds(cell: Cell) -> tuple[float, float]:
    """Return the 95 % interval of a cell: its own, Wilson's of a share, or that of a count."""
    value = cell.value or 0.0
    if cell.low is not None and cell.high is not None:
        return cell.low, cell.high
    if cell.count is not None and cell.of:
        return wilson(value, cell.of)
    half = Z_95 * math.sqrt(max(value, 1.0))  # a count varies as Poisson's
    return max(0.0, value - half), value + half
