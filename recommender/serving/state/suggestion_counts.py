"""To how many learners each person was suggested lately, so that nobody is asked for help by everybody."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import itemgetter
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.storage.impressions import iterate_impressions

Array = np.ndarray[Any, np.dtype[Any]]
DAY_US = 86_400_000_000
OVERLAP_US = 10_000_000
"""An impression is written a little later than it is dated."""
READ_AGAIN_S = 3600.0

Shown = dict[str, dict[PersonaId, int]]
"""To whom each person was last shown, and when (us), the oldest first."""


@dataclass(slots=True)
class _Known:
    started: float
    until_us: int
    checked: float = float("-inf")
    shown: Shown = field(default_factory=lambda: defaultdict(dict))
    lock: threading.Lock = field(default_factory=threading.Lock)


class PeerLoads:
    """Follows the impressions of peers of the last `days`; asks for new ones at most every `refresh_s` seconds.

    What was shown within that time is not known yet, so the cap may be passed by a few.
    """

    def __init__(self, database: Database, days: int, refresh_s: float = 1.0) -> None:
        self._database = database
        self._period_us = days * DAY_US
        self._refresh_s = refresh_s
        self._known: dict[StoreId, _Known] = {}

    def count(self, store: StoreId, asker: PersonaId | None, people: Sequence[str]) -> Array:
        """Return, for each of these people, the number of learners but the asker that they were shown to."""
        now = time.time_ns() // 1000
        known = self._known.get(store)
        if known is None or time.monotonic() - known.started > READ_AGAIN_S:
            known = self._known[store] = _Known(time.monotonic(), now - self._period_us)
        with known.lock:
            self._refresh(store, known, now)
            since = now - self._period_us
            numbers = [_others(known.shown.get(one, {}), asker, since) for one in people]
        return np.array(numbers, dtype=np.float64)

    def _refresh(self, store: StoreId, known: _Known, now: int) -> None:
        if time.monotonic() - known.checked < self._refresh_s:
            return
        since = max(known.until_us - OVERLAP_US, now - self._period_us)
        for impression in iterate_impressions(self._database, store, "peers", since, now + OVERLAP_US):
            for one in impression.shown:
                known.shown[one] = _with(known.shown[one], impression.persona, impression.at)
        known.until_us, known.checked = now, time.monotonic()


def _with(seen: dict[PersonaId, int], learner: PersonaId, at: int) -> dict[PersonaId, int]:
    """Note when somebody was shown to a learner; mostly that is later than all there is."""
    if at <= seen.get(learner, 0):
        return seen
    seen.pop(learner, None)
    is_last = not seen or at >= seen[next(reversed(seen))]
    seen[learner] = at
    return seen if is_last else dict(sorted(seen.items(), key=itemgetter(1)))


def _others(seen: dict[PersonaId, int], asker: PersonaId | None, since: int) -> int:
    """Count to whom but the asker somebody was shown since a time, and forget those before."""
    old = list(takewhile(lambda learner: seen[learner] < since, seen))
    for learner in old:
        del seen[learner]
    return len(seen) - (asker in seen)
