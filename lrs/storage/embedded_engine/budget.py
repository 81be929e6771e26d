"""A byte budget, shared by the open transactions of a process, for data that is written but not committed yet.

The server hangs permanently when open transactions fill the part of its cache that holds unwritten data
(docs/decisions/0002-embedded-server.md).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from lrs.errors import ServiceUnavailableError

BUDGET_BYTES = 12 * 1024 * 1024
LIGHT_BYTES = 2 * 1024 * 1024
LONGEST_WAIT_S = 20.0


class Budget:
    """A byte budget, served first come, first served; a request beyond it waits until all of it is free."""

    def __init__(self, size: int = BUDGET_BYTES, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._free = size
        self._size = size
        self._longest_wait_s = longest_wait_s
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Hold so many bytes for the block; raise ServiceUnavailableError if others hold them for too long."""
        size = min(size, self._size)
        self._take(size)
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()

    @contextmanager
    def taken_when_heavy(self, size: int) -> Iterator[None]:
        """Hold so many bytes for one change outside a transaction, unless they are few."""
        if size <= LIGHT_BYTES:
            yield
            return
        with self.taken(size):
            yield

    def _take(self, size: int) -> None:
        me, until = object(), time.monotonic() + self._longest_wait_s
        with self._changed:
            self._queue.append(me)
            try:
                while self._queue[0] is not me or self._free < size:
                    if not self._changed.wait(until - time.monotonic()) and time.monotonic() >= until:
                        raise ServiceUnavailableError(
                            "Too many batches are being stored; send this one again shortly."
                        )
                self._free -= size
            finally:
                self._queue.remove(me)
                self._changed.notify_all()
