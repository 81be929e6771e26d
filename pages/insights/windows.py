"""The window that a page is asked for in its address, and the figures asked in it.

An address names so many days (`?window=90&until=2026-11-30`) or a first one (`?since=2026-09-01&until=2026-11-30`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request

from lrs.errors import RequestRefusedError
from pages import texts
from pages.insights.names import insights
from pages.visitors import visitor
from recommender.insights.answers import Answer, Question
from recommender.insights.asking import ask, check_window
from recommender.insights.figures import WINDOWS
from recommender.insights.months import EPOCH, date_of, today


@dataclass(frozen=True, slots=True)
class Window:
    """So many days, or those from `since_day` on, the last of them `until_day` (days since 1970).

    None: the usual days of a figure, until today.
    """

    days: int | None = None
    until_day: int | None = None
    since_day: int | None = None

    def question(self, by: tuple[str, ...] = (), filters: Mapping[str, str] | None = None) -> Question:
        """Return the question for a figure in this window."""
        return Question(self.days, self.until_day, by, filters or {}, self.since_day)

    def before(self, answer: Answer) -> Window:
        """Return the window before that of an answer."""
        if self.since_day is None:
            return Window(self.days, answer.since_day - 1)
        return Window(None, answer.since_day - 1, 2 * answer.since_day - answer.until_day)

    @property
    def arguments(self) -> dict[str, str]:
        """The window as arguments of an address."""
        days = {} if self.days is None else {"window": str(self.days)}
        ends = {"since": self.since_day, "until": self.until_day}
        return {**days, **{name: str(date_of(day)) for name, day in ends.items() if day is not None}}

    @property
    def query(self) -> str:
        """The window as the end of an address; empty for the usual one."""
        return f"?{urlencode(self.arguments)}" if self.arguments else ""


def asked_window() -> Window:
    """Return the window in the address of this request; raise RequestRefusedError, which says what can be asked."""
    days = request.args.get("window", "")
    if days and days not in map(str, WINDOWS):
        known = ", ".join(map(str, WINDOWS))
        raise RequestRefusedError(f"A window of {days[:20]!r} days is not kept; use one of {known}.")
    window = Window(
        int(days) if days else None,
        asked_day("until"),
        asked_day("since"),
    )
    check_window(window.question(), today())
    return window


def window_choices() -> dict[str, Any]:
    """Return what a form needs in which somebody chooses a window."""
    return {"windows": WINDOWS, "today": str(date_of(today()))}


def asked_day(name: str) -> int | None:
    """Return a day in the address as days since 1970, if there is one; raise RequestRefusedError for a wrong one."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        found = (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise RequestRefusedError(f"{text[:20]!r} is not a day; write it as 2026-11-30.") from None
    if not 0 <= found <= today():
        raise RequestRefusedError(f"{text} is not counted; use today or a day before.")
    return found


def answer(
    name: str, window: Window, by: tuple[str, ...] = (), filters: Mapping[str, str] | None = None
) -> Answer:
    """Ask a figure of the visitor's store."""
    return ask(insights(), visitor().credential.store, name, window.question(by, filters))


def is_empty(found: Answer, column: str = "active") -> bool:
    """Return whether there is nothing to show: nothing has come in, or of too few people."""
    cell = found.total.cells.get(column) if found.total else None
    return not found.rows and (cell is None or cell.value is None)


def subtitle(found: Answer) -> str:
    """Say which days were counted, what they are compared with, what is not shown, and what is still missing."""
    said = texts.text(
        "insights.subtitle",
        since=texts.day(found.since_day),
        until=texts.day(found.until_day - 1),
        days=found.until_day - found.since_day,
        floor=found.floor,
    )
    return f"{said} {missing(found)}".rstrip()


def missing(found: Answer) -> str:
    """Say how many days are still to be counted; empty for none."""
    return texts.text("insights.missing", days=found.missing_days) if found.missing_days else ""
