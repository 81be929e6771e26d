"""Assigns `stored` times, and determines the time up to which every Statement is visible (Consistent-Through).

Each process publishes a *mark*: a promise that it will not commit another Statement stored at or before that time.
While it stores something in a store, that store has a lower mark of its own, so that no other store waits for it.
The lowest mark of the living processes holds for all of them. Marks only grow, so it never goes back.

The wall clock may be set back or forward at any moment. So no process assigns a time before one that any process has
assigned (each passes what the others publish), and whether a process lives is judged by its *beat*: seconds that it
counts by its own monotonic clock, starting from the highest beat it found.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import time_ns

from pymongo.errors import PyMongoError

from lrs.errors import ServiceUnavailableError
from lrs.logging import log_failure
from lrs.storage.counters import find_number, next_number, raise_number
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable

PUBLISH_EVERY_S = 0.1
LEASE_S = 10.0
BEHIND_S = 1.0
SAYS_EVERY_S = 60.0
HELD_S = 0.025
HELD_FOR_WRITERS_S = 0.5
NO_WORKER = 0
SECOND_US = 1_000_000
UNPUBLISHED_US = int(LEASE_S / 2 * SECOND_US)
"""How far a process may go beyond what it published last; then it refuses to write until it has published again."""
HIGHEST_GIVEN = "stored"

_logger = logging.getLogger("lrs.clock")


@dataclass(frozen=True, slots=True)
class StoredTime:
    """A `stored` time given to one batch, the worker that gave it, and how often its lease had lapsed by then."""

    stored: int
    worker: int
    lapses: int = 0

    def seq(self, position: int) -> bytes:
        """Return the order key of the batch's Statement at `position`: 8 + 2 + 4 bytes, sortable."""
        return self.stored.to_bytes(8, "big") + self.worker.to_bytes(2, "big") + position.to_bytes(4, "big")


def now_us() -> int:
    """Return the wall clock in microseconds since the epoch."""
    return time_ns() // 1000


class StoredClock:
    """The clock of one process; `now` is the wall clock (us). `start` it once, `give` each batch a time, `stop` it."""

    def __init__(self, database: Database, now: Callable[[], int] = now_us) -> None:
        self._database = database
        self._now = now
        self._marks = database.db["clock_marks"]
        self._lock = threading.Lock()
        self._in_flight: dict[int, StoreId | None] = {}
        self._floor = 0
        self._worker = 0
        self._renewed = 0.0
        self._started = time.monotonic()
        self._first_beat = 0.0
        self._said_at = -SAYS_EVERY_S
        self._lapses = 0
        self._shown: dict[StoreId | None, int] = {}
        self._read: list[Row] = []
        self._read_at = -HELD_FOR_WRITERS_S
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._publish_for_ever, name="stored-clock", daemon=True)

    def start(self) -> None:
        """Join the living processes: publish a first mark, and write only after the marks of the others."""
        self._worker = next_number(self._database, "worker") % 65535 + 1
        rows = self._pass_the_others()
        self._started, self._first_beat = time.monotonic(), max((row["beat"] for row in rows), default=0.0)
        self._pass_the_unpublished()
        self._publish()
        self._publish()  # the first mark may stand behind what others showed meanwhile; this one does not
        self._thread.start()

    def _pass_the_others(self) -> list[Row]:
        """Assign only later times than those that others published; return their rows."""
        rows = list(self._marks.find())
        with self._lock:
            self._floor = max([self._floor, *(row["given"] for row in rows)])
        return rows

    def _pass_the_unpublished(self) -> None:
        """Where the wall clock is behind, pass what a process may have assigned between its last mark and its death."""
        with self._lock:
            self._floor = max(self._floor, find_number(self._database, HIGHEST_GIVEN))
            if self._floor - self._now() > BEHIND_S * SECOND_US:
                self._floor += UNPUBLISHED_US

    def stop(self) -> None:
        """Leave: take the mark away so that nobody waits for this process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        raise_number(self._database, HIGHEST_GIVEN, self._floor)
        self._marks.delete_one({"_id": self._worker})

    @contextmanager
    def give(self, store: StoreId | None = None) -> Iterator[StoredTime]:
        """Give one batch of a store its `stored` time; no mark of the store passes that time until the block ends.

        Without a store no mark of any store does.
        """
        with self._lock:
            stored = self._later()
            self._in_flight[stored] = store
        given = StoredTime(stored, self._worker, self._lapses)
        try:
            self.require_lease(given)
            yield given
        finally:
            with self._lock:
                del self._in_flight[stored]

    def tick(self) -> int:
        """Return a time (us) after all that any process gave, for what no reader of Statements waits for."""
        with self._lock:
            return self._later()

    def _later(self) -> int:
        self._floor = max(self._now(), self._floor + 1)
        return self._floor

    def require_lease(self, given: StoredTime) -> None:
        """Raise ServiceUnavailableError if the others may have stopped waiting for a time that was given.

        To be asked just before a commit: this process may have stood still since the time was given.
        """
        if self._lapses != given.lapses or time.monotonic() - self._renewed > LEASE_S / 2:
            raise ServiceUnavailableError(
                "The service was paused too long to store this safely; send the request again."
            )

    def consistent_through(self, store: StoreId | None = None, held_s: float | None = None) -> int:
        """Return the time (us) up to which every Statement of a store, or of all, is visible; it never goes back.

        It is no older than `held_s` (by default `HELD_S`), so another process may show a little more already.
        """
        if time.monotonic() - self._read_at < (HELD_S if held_s is None else held_s):
            with self._lock:
                return self._show(store)
        return self.newest_consistent_through(store)

    def newest_consistent_through(self, store: StoreId | None = None) -> int:
        """Return the same as of now: at least what any process has shown."""
        asked = time.monotonic()
        with unavailable_when_unreachable():
            rows = list(self._marks.find())
        with self._lock:
            if asked >= self._read_at:
                self._read, self._read_at = rows, asked
            return self._show(store)

    def _show(self, store: StoreId | None) -> int:
        shown = max(self._shown.get(store, 0), _least_living_mark(self._read, store) or self._now())
        self._shown[store] = shown
        return shown

    def _next_marks(self) -> tuple[int, list[Row]]:
        """Return the mark of this process, and those of the stores in which something is in flight."""
        held: dict[StoreId | None, int] = {}
        with self._lock:
            for stored, store in self._in_flight.items():  # in the order of their times
                held.setdefault(store, stored - 1)
            mark = held.pop(None, None) or max(self._now() - 1, self._floor)
            self._floor = max(self._floor, mark)
        return mark, [{"store": store, "mark": least} for store, least in held.items()]

    def _publish(self) -> None:
        started = time.monotonic()
        if started - self._renewed > LEASE_S:
            self._lapses += 1  # the others may have stopped waiting for what is in flight
        self._pass_the_others()
        beat = self._first_beat + started - self._started
        mark, held = self._next_marks()
        values = {"mark": mark, "held": held, "given": self._floor, "beat": beat, "at": "$$NOW"}
        change = [{"$set": values}]
        outcome = self._marks.update_one({"_id": self._worker}, change, upsert=True)
        if outcome.matched_count or outcome.upserted_id is not None:
            self._renewed = started
        else:
            log_failure(_logger, "mark_not_published", worker=self._worker)
        self._warn_if_behind()

    def _warn_if_behind(self) -> None:
        """Log once a minute that the wall clock is behind the times assigned."""
        behind_s = (self._floor - self._now()) / SECOND_US
        if behind_s > BEHIND_S and time.monotonic() - self._said_at > SAYS_EVERY_S:
            self._said_at = time.monotonic()
            log_failure(_logger, "clock_behind", seconds=round(behind_s))

    def _publish_for_ever(self) -> None:
        while not self._stopping.wait(PUBLISH_EVERY_S):
            try:
                self._publish()
            except PyMongoError as error:
                log_failure(_logger, "mark_not_published", worker=self._worker, error=type(error).__name__)


def read_consistent_through(database: Database, store: StoreId | None = None) -> int:
    """Return Consistent-Through of a store, or of all, for a process that assigns no times itself.

    Waits for a beat, `LEASE_S` at most, where the marks alone do not tell whether any process lives.
    """
    with unavailable_when_unreachable():
        rows = list(database.db["clock_marks"].find())
        if rows and not _is_recent(rows, database_time(database)):
            rows = _rows_after_a_beat(database, rows)
        return _least_living_mark(rows, store) or max(now_us(), find_number(database, HIGHEST_GIVEN))


def clock_behind_s(database: Database) -> float:
    """Return by how many seconds the wall clock is behind the times assigned; 0 if it is not."""
    with unavailable_when_unreachable():
        given = [row["given"] for row in database.db["clock_marks"].find()]
        behind_s = (max([find_number(database, HIGHEST_GIVEN), *given]) - now_us()) / SECOND_US
    return behind_s if behind_s > BEHIND_S else 0.0


def _is_recent(rows: list[Row], time_there: datetime) -> bool:
    newest: Row = max(rows, key=lambda row: row["beat"])
    return bool(abs(time_there - newest["at"]) < timedelta(seconds=LEASE_S))


def _rows_after_a_beat(database: Database, rows: list[Row]) -> list[Row]:
    """Wait until a process shows that it lives and return all rows; if none does, remove them and return none."""
    marks, beats = database.db["clock_marks"], {row["_id"]: row["beat"] for row in rows}
    until = time.monotonic() + LEASE_S
    while time.monotonic() < until:
        time.sleep(PUBLISH_EVERY_S)
        rows = list(marks.find())
        if any(beats.get(row["_id"]) != row["beat"] for row in rows):
            return rows
    raise_number(database, HIGHEST_GIVEN, max((row["given"] for row in rows), default=0) + UNPUBLISHED_US)
    for row in rows:
        marks.delete_one({"_id": row["_id"], "beat": row["beat"]})
    return []


def database_time(database: Database) -> datetime:
    """Return what the database says the time is (UTC, without a zone)."""
    time_there: datetime = database.client.admin.command("hello")["localTime"]
    return time_there


def _least_living_mark(rows: list[Row], store: StoreId | None) -> int | None:
    """Return the least mark for a store of the processes that renewed theirs within the lease; None if none lives."""
    newest = max((row["beat"] for row in rows), default=0.0)
    living = [row for row in rows if row["beat"] >= newest - LEASE_S]
    return min((_mark_for(row, store) for row in living), default=None)


def _mark_for(row: Row, store: StoreId | None) -> int:
    """Return the mark of a process for one store, or the least for any."""
    held = [one["mark"] for one in row.get("held", ()) if store in (None, one["store"])]
    return int(min(held, default=row["mark"]))
