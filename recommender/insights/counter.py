"""Counts figures in a process of its own, and stores the answers that processes read which answer requests.

What somebody waits for comes first. Then answers are counted again that were looked at since they were counted, and
those asked for within a week, so that none of them is ever too old to be shown. A lease lets one process count for a
store.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from threading import Event

from lrs.auth.stores import open_stores
from lrs.errors import NotFoundError
from lrs.storage.database import Database, StoreId
from lrs.storage.erased import find_editions
from recommender.config import RecommenderSettings
from recommender.insights.asking import ANSWERS_HELD_S, REST, Insights
from recommender.insights.organisation import FOLLOWING_REST
from recommender.insights.stored import OLDEST_US, digest_of
from recommender.insights.written import written
from recommender.storage.answers import (
    Counted,
    Wish,
    drop_answers,
    find_asked,
    find_wanted,
    give_up,
    write_answer,
)
from recommender.storage.locks import acquire_lock, release_lock, renew_lock, renewed_lock
from recommender.storage.records import ANSWERS_KEPT_S

LOCK, LEASE_S = "figures", 15
PAUSE_S, BUSY_PAUSE_S, BUSY_S = 0.1, 0.01, 2.0
"""How long it waits before it looks for questions again, and for so long after it found some."""
AGAIN_EVERY_S, ROLLED_UP_EVERY_S = 1.0, 2.0
ASKED_US = ANSWERS_KEPT_S * 1_000_000
_logger = logging.getLogger("recommender.counting")


class Counter:
    """Counts what is asked of all stores. `run` it in the only thread of a process."""

    def __init__(self, database: Database, settings: RecommenderSettings) -> None:
        self._database = database
        self._insights = Insights(database, replace(settings, counted_apart=0))
        self._leases: dict[StoreId, str] = {}
        self._next_look = self._next_rolling = 0.0
        self._found = float("-inf")

    def run(self, ended: Event) -> None:
        """Count until the event is set; a failure is logged, and tried again."""
        while not ended.wait(BUSY_PAUSE_S if time.monotonic() < self._found + BUSY_S else PAUSE_S):
            try:
                self._turn()
            except Exception as error:  # whatever it is, it must be seen in the log, and it is tried again
                _logger.error("nothing counted: %s", error, exc_info=error)
                ended.wait(AGAIN_EVERY_S)
        for store, token in self._leases.items():
            release_lock(self._database, store, LOCK, token)

    def _turn(self) -> None:
        """Count what is wanted, else perhaps something again."""
        start = time.monotonic()
        if self.count_wanted():
            self._found = time.monotonic()
        elif start >= self._next_look:
            pause = 0.0 if self.count_again() else AGAIN_EVERY_S
            end = time.monotonic()
            self._next_look = end + max(pause, end - start)  # half of the time is left to others

    def count_wanted(self) -> int:
        """Count what requests wait for; return how many answers were written."""
        return sum(self._count(wish) for wish in find_wanted(self._database))

    def count_again(self) -> int:
        """Count again the answer that needs it most, after what is new was rolled up; return how many were written."""
        if time.monotonic() >= self._next_rolling:
            self._roll_up()
        found = find_asked(self._database, time.time_ns() // 1000 - ASKED_US)
        due = (wish for wish, asked, counted in found if self._is_due(wish, asked, counted))
        return next((1 for wish in due if self._count(wish)), 0)

    def _roll_up(self) -> None:
        """Roll up what is new in all stores, so that whoever asks first does not wait for all of it."""
        start = time.monotonic()
        for store in open_stores(self._database):
            self._insights.organisations.follow(store.id)
        end = time.monotonic()
        self._next_rolling = end + max(ROLLED_UP_EVERY_S, FOLLOWING_REST * (end - start))

    def _is_due(self, wish: Wish, asked: int, counted: Counted | None) -> bool:
        now = time.time_ns() // 1000
        if counted is None:
            return False
        rests = max(ANSWERS_HELD_S * 1_000_000, REST * counted.took_us)
        if now < counted.counted + counted.took_us + rests:
            return False
        if asked > counted.counted:
            return True
        state, is_old = self._insights.state(wish), now - counted.counted > OLDEST_US // 2
        if now - asked < OLDEST_US and not state.fits(counted, now):
            return True
        return not wish.until and (is_old or counted.day != state.day)

    def _count(self, wish: Wish) -> bool:
        """Count an answer and write it, unless another process counts for the store; return whether it was written."""
        if not self._holds(wish.store):
            return False
        try:
            with renewed_lock(self._database, wish.store, LOCK, self._leases[wish.store], LEASE_S):
                self._write(wish)
        except NotFoundError:  # the store is gone
            drop_answers(self._database, wish.store)
        except Exception as error:  # whatever it is, it must be seen in the log, and the others are counted
            _logger.error("%s of store %s not counted", wish.figure, wish.store, exc_info=error)
            give_up(self._database, wish)
            return False
        return True

    def _write(self, wish: Wish) -> None:
        editions, start, begun = find_editions(self._database), time.time_ns() // 1000, time.monotonic()
        key = self._insights.key_of(wish)
        found = self._insights.count(key)
        took_us = round(1_000_000 * (time.monotonic() - begun))
        counted = Counted(digest_of(key.agreeing, key.listed), key.until, start, took_us)
        told = [str(one) for one in found] if isinstance(found, tuple) else found
        write_answer(self._database, wish, counted, written(told))
        if find_editions(self._database).get(wish.store) != editions.get(wish.store):
            drop_answers(self._database, wish.store)  # somebody was erased while it was counted

    def _holds(self, store: StoreId) -> bool:
        """Return whether this process counts for a store: it does, or nobody does."""
        token = self._leases.get(store)
        if token and renew_lock(self._database, store, LOCK, token, LEASE_S):
            return True
        token = acquire_lock(self._database, store, LOCK, LEASE_S)
        if token is None:
            self._leases.pop(store, None)
            return False
        self._leases[store] = token
        return True
