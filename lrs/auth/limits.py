"""Limits the requests per second of one credential, over all processes together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from lrs.errors import TooManyRequestsError
from lrs.storage.database import Database
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.rate_limits import RateLimitCounters

SHARES = 20
"""A process takes requests from the common counter in about so many shares a second."""
WINDOW_S = 1.0
REFUSED_S = 0.05
"""For so long a process refuses a credential without asking the database again."""
MOST_REMEMBERED = 10_000


class RequestLimit:
    """A window of one second for each credential, counted in MongoDB. With `per_second` 0 there is no limit.

    Asking the database for each request would cost more than many a request does. So a process takes a share of
    requests at once, and what it took counts for a second. Of limits below 2 * `SHARES` a share is one request.
    """

    def __init__(
        self, database: Database, per_second: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._share = max(1, per_second // SHARES)
        self._window = RateLimitItemPerSecond(max(1, per_second // self._share))
        self._limiter = FixedWindowRateLimiter(RateLimitCounters(database))
        self._lock = threading.Lock()
        self._left: TTLCache[str, int] = TTLCache(MOST_REMEMBERED, WINDOW_S, clock)
        self._refused: TTLCache[str, bool] = TTLCache(MOST_REMEMBERED, REFUSED_S, clock)

    def spend(self, key: str) -> None:
        """Count one request of a credential; raise TooManyRequestsError if it sent too many."""
        if not self._per_second or self._take(key):
            return
        raise TooManyRequestsError(
            f"This credential sends more than {self._per_second} requests a second; "
            "wait a second, and send Statements in batches."
        )

    def _take(self, key: str) -> bool:
        with self._lock:
            if left := self._left.get(key, 0):
                self._left[key] = left - 1
                return True
            if key in self._refused:
                return False
        return self._take_share(key)

    def _take_share(self, key: str) -> bool:
        with unavailable_when_unreachable():
            allowed = self._limiter.hit(self._window, key)
        with self._lock:
            if allowed:
                self._left[key] = self._left.get(key, 0) + self._share - 1
            else:
                self._refused[key] = True
        return allowed
