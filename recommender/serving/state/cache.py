"""Values that requests share and that are read again in the background; requests keep using the old value."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

UNUSED_S = 3600.0
"""A value that no request has used for so long is dropped."""
NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class _Entry(Generic[Value]):
    """The value of one key; times are of the monotonic clock, `reading` is the reading in progress."""

    value: Value | None = None
    read_from: float = NEVER
    read_until: float = NEVER
    tried: float = NEVER
    used: float = NEVER
    reading: Future[Value] | None = None

    @property
    def has_failed(self) -> bool:
        """Return whether the last reading failed."""
        return self.tried > self.read_until


_ALL: WeakSet[Any] = WeakSet()
"""Every cache of this process, so that all of them can forget a store."""


def forget_store(store: Hashable) -> None:
    """Drop what this process holds of a store, in every cache."""
    for cache in list(_ALL):
        cache.forget(lambda key: _is_of(key, store))


def _is_of(key: Any, store: Hashable) -> bool:
    parts = key if isinstance(key, tuple) else (getattr(key, "store", key),)
    return store in parts


class Refreshed(Generic[Key, Value]):
    """Reads a value for each key and reads it again once it is older than `max_age_s`.

    `read(key, previous)` returns the value; `previous` is the one before, or None at the first reading. At any
    time at most one thread reads a key:

    - The first reading of a key happens in the thread that asks for it. Other threads that ask for the same key
      wait for its outcome; those that ask for another key do not.
    - Later readings happen in a background thread, and requests get the old value meanwhile. With a `max_age_s`
      of 0 they happen at once, in the thread that asks.
    - `serves_old(value, age_s)` may refuse to use a value that is older than `max_age_s`. The thread that asks
      then reads the value itself, as at the first reading.
    - A reading that fails while there is an old value is logged, and tried again after `max_age_s`. An error of
      any other reading is raised in every thread that waits for it.

    At most `most` keys are kept: the one unused for the longest time goes first, and any after an hour.
    """

    def __init__(
        self,
        read: Callable[[Key, Value | None], Value],
        max_age_s: float,
        most: int,
        *,
        serves_old: Callable[[Value, float], bool] = lambda value, age_s: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._max_age_s = max_age_s
        self._serves_old = serves_old
        self._most = most
        self._clock = clock
        self._entries: OrderedDict[Key, _Entry[Value]] = OrderedDict()  # the last used at the end
        # Guards the entries. Nothing is read while it is held, so that no key ever waits for another.
        self._lock = threading.Lock()
        self._logger = logging.getLogger(read.__module__)
        _ALL.add(self)

    def get(self, key: Key, *, is_current: Callable[[Value], bool] = lambda value: True) -> Value:
        """Return the value of a key; raise what its reading raises if there is no value to use meanwhile.

        A value that is not `is_current` is read again, whatever its age.
        """
        with self._lock:
            entry = self._use(key)
            value, is_usable = cast(Value, entry.value), self._is_usable(entry)
            if is_usable and not self._is_due(entry, is_current):
                return value
            reading, is_mine = entry.reading, entry.reading is None
            if reading is None:
                reading = entry.reading = Future()
        if not is_usable:
            if is_mine:
                self._read_into(key, entry, reading)
            return reading.result()
        if is_mine:
            self._refresh(key, entry, reading)
        return cast(Value, entry.value)

    def forget(self, concerns: Callable[[Key], bool]) -> None:
        """Drop the values of the keys that this concerns; what is being read just now is not kept either."""
        with self._lock:
            for key in [key for key in self._entries if concerns(key)]:
                del self._entries[key]

    def _use(self, key: Key) -> _Entry[Value]:
        """Return the entry of a key, a new one if there is none; drop entries that are unused or too many."""
        now, entries = self._clock(), self._entries
        while entries and next(iter(entries.values())).used <= now - UNUSED_S:
            entries.popitem(last=False)
        entry = entries.get(key)
        if entry is None:
            if len(entries) >= self._most:
                entries.popitem(last=False)
            entry = entries[key] = _Entry()
        entries.move_to_end(key)
        entry.used = now
        return entry

    def _is_usable(self, entry: _Entry[Value]) -> bool:
        """Return whether a request may use the value there is."""
        if entry.read_until == NEVER:
            return False
        now = self._clock()
        is_fresh = now - entry.read_until < self._max_age_s
        return is_fresh or self._serves_old(cast(Value, entry.value), now - entry.read_from)

    def _is_due(self, entry: _Entry[Value], is_current: Callable[[Value], bool]) -> bool:
        """Return whether a usable value is to be read again; after a failure only when `max_age_s` has passed."""
        if self._clock() - entry.tried >= self._max_age_s:
            return True
        return not entry.has_failed and not is_current(cast(Value, entry.value))

    def _refresh(self, key: Key, entry: _Entry[Value], reading: Future[Value]) -> None:
        if not self._max_age_s:
            self._read_or_log(key, entry, reading)
            return
        arguments = (key, entry, reading)
        thread = threading.Thread(target=self._read_or_log, args=arguments, name="refresh", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left
            self._fail(entry, reading, error)
            self._logger.error("%s not refreshed: %s", key, error)

    def _read_or_log(self, key: Key, entry: _Entry[Value], reading: Future[Value]) -> None:
        try:
            self._read_into(key, entry, reading)
        except Exception as error:  # whatever ends the thread, it must be seen in the log
            self._logger.error("%s not refreshed: %s", key, error, exc_info=error)

    def _read_into(self, key: Key, entry: _Entry[Value], reading: Future[Value]) -> None:
        start = self._clock()
        try:
            value = self._read(key, entry.value)
        except BaseException as error:
            self._fail(entry, reading, error)
            raise
        with self._lock:
            # Age counts from the start, as what was read may have changed since. The next reading is due so
            # long after the end: otherwise one slower than `max_age_s` would be repeated without a pause.
            entry.value, entry.read_from, entry.reading = value, start, None
            entry.read_until = entry.tried = self._clock()
        reading.set_result(value)

    def _fail(self, entry: _Entry[Value], reading: Future[Value], error: BaseException) -> None:
        with self._lock:
            entry.tried, entry.reading = self._clock(), None
        reading.set_exception(error)
