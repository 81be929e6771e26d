"""Days and months, counted from 1970 in UTC."""

from __future__ import annotations

import time
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
DAY_S = 86_400


def today() -> int:
    """Return the day of now: the clock of all figures, whatever the time zone of the machine."""
    return int(time.time() // DAY_S)


def date_of(day: int) -> date:
    """Return a day as a date."""
    return EPOCH + timedelta(days=day)


def month_of(day: int) -> str:
    """Return the month of a day: "2026-11"."""
    return date_of(day).isoformat()[:7]


def month_start(day: int) -> int:
    """Return the first day of the month of a day."""
    return (date_of(day).replace(day=1) - EPOCH).days


def next_month(start: int) -> int:
    """Return the first day of the month after that of a first day."""
    return month_start(start + 31)
