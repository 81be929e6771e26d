"""Reads new Statements by itself: in the background of the processes that serve, a few at a time."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from lrs.personas import pending_changes
from lrs.statements.feed import iterate_statements
from lrs.storage.database import Database, StoreId
from recommender.errors import SyncInProgressError
from recommender.interactions.sync import sync_interactions
from recommender.storage.reading import find_watermark

MOST_STATEMENTS = 500
LOOK_AGAIN_S = (2.0, 12.0)
"""Pauses before a store is looked at again: a Statement is visible to readers a little after it was stored."""
AFTER_FAILURE_S = 5.0
REST_BUSY, REST_QUIET = 50, 1
"""After reading, so many times its duration passes before the next one; while Statements arrive, 2 % of the time."""
LONGEST_REST_S = 5.0
"""On a machine that has much to do, one reading may take seconds; nobody waits minutes for the next one."""
END_S = 5.0
_logger = logging.getLogger("recommender.following")


@dataclass(slots=True)
class _Interest:
    """When (monotonic) a store is looked at next, when Statements last came to it, and how often nothing was new."""

    due: float
    written: float = float("-inf")
    looks: int = 0


def rest_after(spent_s: float, is_busy: bool) -> float:
    """Return how long (s) a thread rests that has read for some time (s), while Statements arrive or not."""
    return min(LONGEST_REST_S, spent_s * (REST_BUSY if is_busy else REST_QUIET))


class Follower:
    """Turns the new Statements of the stores in use into interactions, within about `pause_s` while it is quiet.

    A store is in use when Statements come to it through this process, or when this process is asked about its
    learners. A thread runs only then. One process at a time reads a store; the others find nothing left to do.
    With a pause of 0 nothing is read.
    """

    def __init__(self, database: Database, pause_s: float) -> None:
        self._database = database
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._stores: dict[StoreId, _Interest] = {}
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self.then: Callable[[StoreId], object] = lambda store: None
        """Called when all Statements of a store were read, for what is made of interactions."""
        if pause_s:
            atexit.register(self.end)

    def note_asked(self, store: StoreId) -> None:
        """Note that a learner of the store was asked about."""
        if self._pause_s:
            with self._lock:
                self._interest(store, time.monotonic()).looks = 0

    def note_written(self, store: StoreId) -> None:
        """Note that Statements were sent to the store."""
        if self._pause_s:
            now = time.monotonic()
            with self._lock:
                interest = self._interest(store, now)
                interest.looks, interest.written = 0, now
                interest.due = min(interest.due, now + self._pause_s)

    def end(self) -> None:
        """Stop reading, and let the batch that is being read come to its end."""
        self._ended.set()
        thread = self._thread
        if thread is not None:
            thread.join(END_S)

    def _interest(self, store: StoreId, now: float) -> _Interest:
        """Return what is noted of a store; start the thread unless it runs."""
        if self._thread is None and not self._ended.is_set():
            self._start()
        return self._stores.setdefault(store, _Interest(now + self._pause_s))

    def _start(self) -> None:
        thread = threading.Thread(target=self._follow, name="following", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left; the next note tries again
            _logger.warning("new Statements wait: no thread to read them: %s", error)
        else:
            self._thread = thread

    def _follow(self) -> None:
        """Read what is new of each store in use, with pauses; end when there is none left."""
        pause = self._pause_s
        while not self._ended.wait(pause):
            start = time.monotonic()
            with self._lock:
                if not self._stores:
                    self._thread = None
                    return
                due = [store for store, interest in self._stores.items() if interest.due <= start]
                is_busy = any(one.written >= start - pause for one in self._stores.values())
            for store in due:
                self._look(store, time.monotonic())
            spent = time.monotonic() - start
            pause = max(self._pause_s, rest_after(spent, is_busy))

    def _look(self, store: StoreId, start: float) -> None:
        """Read a batch of a store, and decide when it is looked at again."""
        try:
            is_done, again_s = not self._has_news(store) or self._sync(store), 0.0
            if is_done:
                self.then(store)
        except Exception as error:  # whatever it is, it must be seen in the log, and it is tried again
            _logger.error("Statements of store %s not read: %s", store, error, exc_info=error)
            is_done, again_s = False, AFTER_FAILURE_S
        with self._lock:
            interest = self._stores[store]
            if not is_done or interest.written >= start:
                interest.due = start + again_s
            elif interest.looks == len(LOOK_AGAIN_S):
                del self._stores[store]
            else:
                interest.due = start + LOOK_AGAIN_S[interest.looks]
                interest.looks += 1

    def _has_news(self, store: StoreId) -> bool:
        if pending_changes(self._database, store):
            return True
        after = find_watermark(self._database, store)
        return next(iterate_statements(self._database, store, after=after, batch=1), None) is not None

    def _sync(self, store: StoreId) -> bool:
        """Read a batch; return whether it was the last one."""
        try:
            report = sync_interactions(self._database, store, most=MOST_STATEMENTS, wait_s=0)
        except SyncInProgressError:  # another process reads; it is looked at again
            return False
        return report.statements < MOST_STATEMENTS
