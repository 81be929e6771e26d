"""Times in files: ISO 8601, or numbers since 1970 in seconds or finer; or positions in an order."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from lrs.errors import RequestRefusedError
from schemas.errors import InvalidInputError
from schemas.timestamps import parse_timestamp

Array = np.ndarray[Any, np.dtype[Any]]
LARGEST = 1e19
UNITS_US = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (LARGEST, 1e-3))
"""Numbers below each limit are seconds, milliseconds, microseconds or nanoseconds: all in this century."""
DAY_US = 86_400_000_000
ORDER_US = 2 * 365 * DAY_US
FIRST_US, LAST_US = (
    parse_timestamp(f"{text}Z") for text in ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999")
)
"""Times outside these have no year that can be written."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def spread(ranks: Array, start: int) -> Array:
    """Return times (us) for positions in an order: days from a start on, or less where they would be over two years."""
    step = min(DAY_US, ORDER_US // max(1, int(ranks.max(initial=0))))
    return np.asarray(start + ranks.astype(np.int64) * step)


def find_outside(times: Array) -> int | None:
    """Return the position of the first time (us) that is in none of the years 1 to 9999."""
    outside = np.flatnonzero((times < FIRST_US) | (times > LAST_US))
    return int(outside[0]) if len(outside) else None


class Moments:
    """Reads one column, cell by cell; its first cell decides whether it holds numbers or ISO 8601 times."""

    def __init__(self, is_time: bool) -> None:
        self.is_time = is_time
        self._numbers: bool | None = None
        self._values: list[float] = []

    def reads(self, text: str) -> bool:
        """Return whether a cell can be read as a time or number."""
        return _number(text) is not None or (self.is_time and _iso(text) is not None)

    def add(self, where: str, text: str) -> None:
        """Read the next cell; raise RequestRefusedError, which names line and column."""
        if self._numbers is None:
            self._numbers = not self.is_time or _number(text) is not None
        value = _number(text) if self._numbers else _iso(text)
        if value is None:
            wanted = "a number" if self._numbers else "an ISO 8601 time such as 2026-01-02T03:04:05Z"
            other = " like the lines before" if self._values else ""
            raise RequestRefusedError(
                f"{where}: {text[:50]!r} is not {wanted}{other}; correct it or drop the line."
            )
        self._values.append(value)

    def values(self) -> Array:
        """Return us since 1970, or ranks from 0 where the column is an order."""
        found = np.array(self._values, dtype=np.float64)
        if not self.is_time:
            return np.unique(found, return_inverse=True)[1].astype(np.int64).reshape(-1)
        if not self._numbers or not len(found):
            return found.astype(np.int64)
        largest = float(np.abs(found).max())
        scale = next(scale for limit, scale in UNITS_US if largest < limit)
        return np.round(found * scale).astype(np.int64)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < LARGEST else None


def _iso(text: str) -> float | None:
    plain = text.strip().replace(" UTC", "Z")
    if _DAY.fullmatch(plain):
        plain += "T00:00:00Z"
    elif len(plain) > 10 and plain[10] == " ":
        plain = plain[:10] + "T" + plain[11:]
    try:
        return float(parse_timestamp(plain))
    except InvalidInputError:
        return None
