"""Counts to how many learners each person was suggested lately, so that the load cap can be kept."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.serving.state.cache import Refreshed
from recommender.storage.impressions import iterate_impressions

Array = np.ndarray[Any, np.dtype[Any]]
DAY_US = 86_400_000_000
OVERLAP_US = 10_000_000
"""An impression is written a little later than it is dated."""
READ_AGAIN_S = 3600.0
"""After this time the whole period is read again, as an impression may have been written later still."""
MOST_STORES = 1000

Shown = Mapping[PersonaId, int]
"""The learners that a person was shown to, and when last (us)."""


@dataclass(frozen=True, slots=True)
class _Suggestions:
    """The learners to whom each person was shown, until a time (us); `started` is when (monotonic) all were read."""

    started: float
    until_us: int = 0
    shown: Mapping[str, Shown] = field(default_factory=dict)


class SuggestionCounts:
    """Counts suggestions of the last `days`; reads new impressions at most every `refresh_s` seconds.

    Suggestions made since are not counted yet, so the cap may be passed by a few.
    """

    def __init__(self, database: Database, days: int, refresh_s: float = 1.0) -> None:
        self._database = database
        self._period_us = days * DAY_US
        self._cache: Refreshed[StoreId, _Suggestions] = Refreshed(self._read, refresh_s, MOST_STORES)

    def count(self, store: StoreId, asker: PersonaId | None, people: Sequence[str]) -> Array:
        """Return the number of learners, other than the asker, that each of these people was shown to."""
        shown, since = self._cache.get(store).shown, time.time_ns() // 1000 - self._period_us
        return np.array([_count_others(shown.get(one, {}), asker, since) for one in people], dtype=np.float64)

    def _read(self, store: StoreId, previous: _Suggestions | None) -> _Suggestions:
        now, started = time.time_ns() // 1000, time.monotonic()
        if previous is None or started - previous.started > READ_AGAIN_S:
            previous = _Suggestions(started)
        period = now - self._period_us
        since = max(previous.until_us - OVERLAP_US, period)
        news: dict[str, dict[PersonaId, int]] = defaultdict(dict)
        for impression in iterate_impressions(self._database, store, "peers", since, now + OVERLAP_US):
            for person in impression.shown:
                latest = news[person].get(impression.persona, 0)
                news[person][impression.persona] = max(latest, impression.at)
        # Requests are counting in the old mappings, so those that change are made anew.
        changed = {one: _merge(previous.shown.get(one, {}), seen, period) for one, seen in news.items()}
        return _Suggestions(previous.started, now, {**previous.shown, **changed})


def _merge(before: Shown, news: Shown, since: int) -> Shown:
    merged = {learner: at for learner, at in before.items() if at >= since}
    for learner, at in news.items():
        merged[learner] = max(at, merged.get(learner, 0))
    return merged


def _count_others(shown: Shown, asker: PersonaId | None, since: int) -> int:
    return sum(at >= since for learner, at in shown.items() if learner != asker)
