"""Counts to how many learners each nugget was shown lately, as far as those are few: new nuggets get a chance."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.serving.state.cache import Refreshed
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.storage.impressions import iterate_newest_impressions

Array = np.ndarray[Any, np.dtype[Any]]
ENOUGH = 20
"""A nugget shown to so many learners had its chance."""
PERIOD_US = 7 * 86_400_000_000
MOST_READ = 20_000
"""Impressions read at first: counts may be too small where there were more in the period."""
OVERLAP_US = 10_000_000
"""An impression is written a little later than it is dated."""
READ_AGAIN_S = 3600.0
MOST_STORES = 1000
COLUMNS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Showings:
    """The learners, at most 20, to whom each nugget was shown until a time (us); `started` is when all was read."""

    started: float
    until_us: int = 0
    learners: Mapping[str, frozenset[PersonaId]] = field(default_factory=dict)
    _missing: dict[int, tuple[NuggetColumns, Array]] = field(default_factory=dict)

    def missing(self, columns: NuggetColumns) -> Array:
        """Return to how many more learners each nugget of the columns should be shown."""
        known = self._missing.get(id(columns))
        if known is None:
            missing = np.full(len(columns.nuggets), float(ENOUGH))
            for activity, learners in self.learners.items():
                position = columns.index.get(activity)
                if position is not None:
                    missing[position] -= len(learners)
            if len(self._missing) >= COLUMNS_KEPT:
                self._missing.clear()
            known = self._missing[id(columns)] = (columns, missing)
        return known[1]


class ShowingsIndex:
    """Counts the showings of the last week; reads new impressions at most every `refresh_s` seconds."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._cache: Refreshed[StoreId, Showings] = Refreshed(self._read, refresh_s, MOST_STORES)

    def find(self, store: StoreId) -> Showings:
        """Return the showings of a store."""
        return self._cache.get(store)

    def _read(self, store: StoreId, previous: Showings | None) -> Showings:
        now, started = time.time_ns() // 1000, time.monotonic()
        if previous is None or started - previous.started > READ_AGAIN_S:
            previous = Showings(started)
        since = max(previous.until_us - OVERLAP_US, now - PERIOD_US)
        news: dict[str, set[PersonaId]] = defaultdict(set)
        for impression in iterate_newest_impressions(self._database, store, "nuggets", since, MOST_READ):
            for activity in impression.shown:
                if len(news[activity]) < ENOUGH:
                    news[activity].add(impression.persona)
        changed = {one: _join(previous.learners.get(one, frozenset()), seen) for one, seen in news.items()}
        if all(previous.learners.get(one) == seen for one, seen in changed.items()):
            return Showings(previous.started, now, previous.learners, previous._missing)
        return Showings(previous.started, now, {**previous.learners, **changed})


def _join(before: frozenset[PersonaId], news: set[PersonaId]) -> frozenset[PersonaId]:
    return frozenset(sorted(before | news)[:ENOUGH]) if len(before) < ENOUGH else before
