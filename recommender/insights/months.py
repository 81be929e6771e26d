"""Days and months, counted from 1970 in UTC."""

from __future__ import annotations

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def month_of(day: int) -> str:
    """Return the month of a day: "2026-11"."""
    return (EPOCH + timedelta(days=day)).isoformat()[:7]


def month_start(day: int) -> int:
    """Return the first day of the month of a day."""
    return ((EPOCH + timedelta(days=day)).replace(day=1) - EPOCH).days


def next_month(start: int) -> int:
    """Return the first day of the month after that of a first day."""
    return month_start(start + 31)
