"""Converts ISO 8601 durations to whole seconds and back."""

from __future__ import annotations

import re
from decimal import Decimal

from schemas.patterns import DURATION

_UNITS = {"W": 604_800, "D": 86_400, "H": 3600, "S": 1}
_YEAR, _MONTH, _MINUTE = 31_536_000, 2_592_000, 60
_PART = re.compile(r"(\d+(?:[.,]\d+)?)([A-Z])")
_WHOLE = re.compile(DURATION)
MOST_SECONDS = 10 * _YEAR


def parse_duration(text: str) -> int | None:
    """Return the seconds of a duration such as `PT1H30M`; None if it is invalid or longer than ten years.

    A month counts as 30 days and a year as 365.
    """
    if len(text) > 50 or not _WHOLE.fullmatch(text):
        return None
    date, _, time = text.removeprefix("P").partition("T")
    seconds = _seconds(date, {**_UNITS, "Y": _YEAR, "M": _MONTH}) + _seconds(time, {**_UNITS, "M": _MINUTE})
    return round(seconds) if seconds <= MOST_SECONDS else None


def format_duration(seconds: int) -> str:
    """Return seconds as a duration in hours, minutes and seconds."""
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "H"), (rest // 60, "M"), (rest % 60, "S"))
    return "PT" + ("".join(f"{value}{unit}" for value, unit in parts if value) or "0S")


def _seconds(text: str, units: dict[str, int]) -> Decimal:
    found = _PART.findall(text)
    return sum((Decimal(value.replace(",", ".")) * units[unit] for value, unit in found), Decimal())
