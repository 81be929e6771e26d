"""Limits what the requests of one credential may cost in a second, over all processes together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal, get_args

from cachetools import TTLCache
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from lrs.errors import TooManyRequestsError
from lrs.storage.database import Database
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.rate_limits import RateLimitCounters

Work = Literal["small", "write", "list", "search"]
WORKS: tuple[Work, ...] = get_args(Work)
SHARES = 20
"""A process takes requests from the common counter in about so many shares a second."""
WINDOW_S = 1.0
REFUSED_S = 0.05
"""For so long a process refuses a credential without asking the database again."""
MOST_REMEMBERED = 10_000
UNCOUNTED = 250
"""Each process admits this fraction (1/250) of the limit without asking, so a rare request costs no query."""


class RequestLimit:
    """A window of one second for each credential, counted in MongoDB. With `per_second` 0 there is no limit.

    Each process admits the `free_share`th part of the limit without asking the database.

    Asking the database for each request would cost more than many a request does. So a process takes a share of
    the limit at once, and what it took counts for a second. Of limits below 2 * `SHARES` a share is one request.
    """

    def __init__(
        self,
        database: Database,
        per_second: int,
        clock: Callable[[], float] = time.monotonic,
        costs: str = "",
        free_share: int = UNCOUNTED,
    ) -> None:
        self._free = per_second // free_share
        self._costs = read_costs(costs)
        self._per_second = per_second
        self._share = max(1, per_second // SHARES)
        self._window = RateLimitItemPerSecond(max(1, per_second // self._share))
        self._limiter = FixedWindowRateLimiter(RateLimitCounters(database))
        self._lock = threading.Lock()
        self._left: TTLCache[str, int] = TTLCache(MOST_REMEMBERED, WINDOW_S, clock)
        self._refused: TTLCache[str, bool] = TTLCache(MOST_REMEMBERED, REFUSED_S, clock)

    def spend(self, key: str, work: Work = "small") -> None:
        """Count one request of a credential; raise TooManyRequestsError if its requests cost too much."""
        if not self._per_second or self._take(key, self._costs[work]):
            return
        raise TooManyRequestsError(
            f"This credential sends more than {self._per_second} requests a second (expensive requests count as "
            "several); wait a second, and send Statements in batches."
        )

    def _take(self, key: str, cost: int) -> bool:
        with self._lock:
            left = self._left.get(key, self._free)
            if left >= cost:
                self._left[key] = left - cost
                return True
            if key in self._refused:
                return False
        return self._take_shares(key, cost)

    def _take_shares(self, key: str, cost: int) -> bool:
        """Take enough shares for one request, at most all of a second: it must be possible to send it."""
        shares = min(-(-cost // self._share), self._window.amount)
        with unavailable_when_unreachable():
            allowed = self._limiter.hit(self._window, key, cost=shares)
        with self._lock:
            if allowed:
                self._left[key] = max(0, self._left.get(key, 0) + shares * self._share - cost)
            else:
                self._refused[key] = True
        return allowed


def read_costs(text: str) -> Mapping[Work, int]:
    """Return the cost of each kind of request; a kind that the text does not name costs 1."""
    named = dict(pair.split("=") for pair in text.split(",") if pair)
    return {work: int(named.get(work, 1)) for work in WORKS}
