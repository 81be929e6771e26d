"""What figures count beside the day rollups: questions, searches, what was shown, communities, near doubles,
posts that wait.

Each is read for a span of time when a figure first needs it, and read again in the background while it is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.meanings import load_meanings
from recommender.config import RecommenderSettings
from recommender.insights.communities import read_gatherings
from recommender.insights.offer import find_coming_in, find_near_doubles
from recommender.insights.open_questions import read_questions
from recommender.insights.shown import read_shown
from recommender.insights.vain import read_searched
from recommender.serving.state.cache import Refreshed
from recommender.storage.entries import Revision, find_revision

Kind = Literal["questions", "searches", "nuggets", "peers", "communities", "doubles", "posts"]
DAY_US = 86_400_000_000
SPANS = (60, 180, 730)
"""Days that are read: at least twice a window, as the window before is counted, too."""
HELD_S: Mapping[Kind, float] = {"questions": 20.0}
USUALLY_HELD_S = 600.0
"""Whoever asks after a longer pause waits for a new reading: a question asked a minute ago appears."""
REST = 20
"""After reading, at least so many times its duration passes before the next reading."""
MOST_HELD = 200
Reader = Callable[[Database, StoreId, int, int], Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What was read, as of a time (us); it is not read again before another one (monotonic)."""

    found: Any
    now: int
    revision: Revision = field(default_factory=Revision)
    rests_until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Key:
    store: StoreId
    kind: Kind
    days: int


class Outside:
    """Keeps what was read of each store."""

    def __init__(self, database: Database, settings: RecommenderSettings) -> None:
        self._database = database
        self._rest = REST if settings.refresh_ms else 0
        refresh_s = min(1.0, settings.refresh_ms / 1000)
        self._readers = _readers(settings)
        self._caches: Mapping[Kind, Refreshed[_Key, Held]] = {
            kind: Refreshed(self._read, refresh_s, MOST_HELD, serves_old=_younger(HELD_S.get(kind)))
            for kind in self._readers
        }

    def find(self, store: StoreId, kind: Kind, days: int) -> Held:
        """Return what there is of a kind in the last days; at most those of two years."""
        span = next((one for one in SPANS if one >= days), SPANS[-1])
        return self._caches[kind].get(_Key(store, kind, span))

    def _read(self, key: _Key, previous: Held | None) -> Held:
        start, now = time.monotonic(), time.time_ns() // 1000
        revision = find_revision(self._database, key.store)
        is_same = key.kind == "doubles" and previous is not None and previous.revision == revision
        if previous and (is_same or start < previous.rests_until):
            return previous
        span = (now - key.days * DAY_US, now + DAY_US)
        found = self._readers[key.kind](self._database, key.store, *span)
        end = time.monotonic()
        return Held(found, now, revision, end + self._rest * (end - start))


def _younger(held_s: float | None) -> Callable[[Held, float], bool]:
    most = USUALLY_HELD_S if held_s is None else held_s
    return lambda held, age_s: age_s < most


def _read_doubles(
    database: Database, store: StoreId, since: int, until: int
) -> Mapping[tuple[str, str], float]:
    meanings = load_meanings(database, store)
    return find_near_doubles(meanings, find_nuggets(database, store, list(meanings.rows)), until)


def _read_posts(database: Database, store: StoreId, since: int, until: int) -> tuple[str, ...]:
    return find_coming_in(database, store)


def _readers(settings: RecommenderSettings) -> Mapping[Kind, Reader]:
    """Return how each kind is read."""
    return {
        "questions": read_questions,
        "searches": read_searched,
        "nuggets": partial(read_shown, kind="nuggets"),
        "peers": partial(read_shown, kind="peers", cap=settings.peer_cap),
        "communities": read_gatherings,
        "doubles": _read_doubles,
        "posts": _read_posts,
    }
