"""How many requests a second one credential may send to one worker process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lrs.errors import TooManyRequestsError

MOST_REMEMBERED = 10_000


class RequestLimit:
    """A bucket of tokens for each credential: it holds `per_second`, and as many come in each second.

    With `per_second` 0 there is no limit.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, key: str) -> None:
        """Take one token of a credential; raise TooManyRequestsError if there is none."""
        if not self._per_second:
            return
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.get(key, (float(self._per_second), now))
            tokens = min(self._per_second, tokens + (now - since) * self._per_second)
            if len(self._buckets) >= MOST_REMEMBERED:
                self._buckets.clear()
            self._buckets[key] = (tokens - (tokens >= 1), now)
        if tokens < 1:
            raise TooManyRequestsError(
                f"This credential sends more than {self._per_second} requests a second; "
                "wait a second, and send Statements in batches."
            )
