"""What is asked of a figure, and what is answered: rows of cells, each of which tells of enough people or hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender.insights.figures import Figure


@dataclass(frozen=True, slots=True)
class Question:
    """The last `window_days` until a day (days since 1970; None: today), split `by` and only those of the `filters`.

    With `since_day` the window has the days from that one on instead.
    `by` names one attribute ("team", "role", "modality", "skill", "nugget", "month" ...), and perhaps "modality"
    after it; empty: the usual split of the figure. `filters` give the value of an attribute: {"team": "sales"}.
    """

    window_days: int | None = None
    until_day: int | None = None
    by: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    since_day: int | None = None

    def days(self, usual: int, today: int) -> tuple[int, int]:
        """Return how many days the window has, the `usual` ones where none are named, and the last of them."""
        last = today if self.until_day is None else min(self.until_day, today)
        if self.since_day is not None:
            return last + 1 - self.since_day, last
        return self.window_days or usual, last


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: a share (`count` of `of`), a count, or another value, with its 95 % interval where it has one.

    `is_few`: it would tell of fewer people than the floor, so that all of its numbers are None.
    """

    value: float | None = None
    count: int | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    is_few: bool = False


FEW = Cell(is_few=True)


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a group by the names of their columns; `labels` name the group."""

    labels: tuple[str, ...]
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a figure, everybody's in `total`, and everybody's in the window `before`.

    The days from `since_day` until before `until_day` were counted (days since 1970); no cell tells of fewer people
    than `floor`. So many `missing_days` until then are still to be counted, as after an import: numbers will grow.
    """

    figure: Figure
    question: Question
    since_day: int
    until_day: int
    label_columns: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None
    before: Row | None
    floor: int
    missing_days: int = 0

    @property
    def last_day(self) -> int:
        """Return the last day that was counted."""
        return self.until_day - 1
