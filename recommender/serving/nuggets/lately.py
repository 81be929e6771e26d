"""What is used lately, for one learner: counted in the store, and in the learner's language and team."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from recommender.config import TrainingSettings
from recommender.dataset.features import user_feature_names
from recommender.models.trained_model import READ_UNTIL, TrainedModel
from recommender.models.trends import RECENT, TREND, decay
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.serving.state.recent_takes import DAY_US, SEGMENTS, RecentTakes
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
MIN_TAKERS = 20
"""Fewer learners of a team or a language say nothing about it."""
PRIOR = 20.0
"""With so many takes of its own, a segment weighs as much as the store."""
DEFAULTS = TrainingSettings()
DAYS = 7
WINDOW_US = DAYS * DAY_US
"""Sentences about what is used lately are about so many days."""
TEAM = "team:"


@dataclass(frozen=True, slots=True)
class RecentUse:
    """Who used nuggets lately, told to a learner: in the learner's team where enough did, else in the whole store.

    Only those `counted` are, and the learner is not among them.
    """

    takes: RecentTakes
    features: UserFeatures
    counted: Container[PersonaId]

    def in_team(self, activity: str) -> int:
        """Return how many learners of the learner's team used a nugget in the last days; 0 without a team."""
        team = next((name for name in segments_of(self.features) if name.startswith(TEAM)), "")
        return self._count(activity, team) if team else 0

    def in_store(self, activity: str) -> int:
        """Return how many learners used a nugget in the last days."""
        return self._count(activity, "")

    def _count(self, activity: str, segment: str) -> int:
        return self.takes.count_learners(activity, segment, time.time_ns() // 1000 - WINDOW_US, self.counted)


def find_bursts(columns: NuggetColumns, used: RecentUse, mask: Array) -> Iterator[int]:
    """Yield the positions of nuggets (a mask) that are a day old at most and that twenty people used already.

    They are those of the learner's team, where it used them, or else of the whole store. A training knows nothing yet
    of them, and it may have found that trends count for little.
    """
    since = time.time_ns() // 1000 - DAY_US
    for activity in used.takes.new_items(MIN_TAKERS):
        position = columns.index.get(activity, -1)
        is_new = position >= 0 and mask[position] and columns.born[position] >= since
        if is_new and max(used.in_team(activity), used.in_store(activity)) >= MIN_TAKERS:
            yield position


def count_lately(
    snapshot: CatalogueSnapshot, takes: RecentTakes, features: UserFeatures, now_us: int
) -> dict[str, Array]:
    """Return by term (`recent`, `trend`) what of the nuggets is used lately, as of a time (us)."""
    segments = [name for name in reversed(segments_of(features)) if takes.takers(name) >= MIN_TAKERS]
    counts = _in_store(snapshot, takes, now_us)
    return {
        term: _drawn_towards(
            counts[term],
            [_decayed(snapshot, takes, now_us, half_life_s, name) for name in segments],
        )
        for term, half_life_s in half_lives(snapshot.model).items()
    }


def half_lives(model: TrainedModel | None) -> Mapping[str, float]:
    """Return the half-life (s) of each term: those of a model, else the defaults."""
    settings = DEFAULTS if model is None else model.settings
    return {RECENT: settings.recent_half_life_s, TREND: settings.trend_half_life_s}


def segments_of(features: UserFeatures) -> list[str]:
    """Return the segments of a learner in which takes are counted: the team first, then the language."""
    return [name for name in user_feature_names(features) if name.startswith(SEGMENTS)]


def _in_store(snapshot: CatalogueSnapshot, takes: RecentTakes, now_us: int) -> dict[str, Array]:
    """Return what was used in the store: what the training knew, and what was stored since."""
    model = snapshot.model
    known = model.counts_at(now_us) if model else {}
    read_until = int(model.facts.get(READ_UNTIL, 0)) if model else 0
    return {
        term: _decayed(snapshot, takes, now_us, half_life_s, "", read_until) + known.get(term, 0.0)
        for term, half_life_s in half_lives(model).items()
    }


def _decayed(
    snapshot: CatalogueSnapshot,
    takes: RecentTakes,
    now_us: int,
    half_life_s: float,
    segment: str,
    stored_after: int = 0,
) -> Array:
    counts = takes.count(snapshot.columns, half_life_s, segment, stored_after)
    return decay(counts, takes.as_of, now_us, half_life_s)


def _drawn_towards(counts: Array, segments: list[Array]) -> Array:
    """Return the counts of the store with the shares that segments have, the more takes the more (Dirichlet prior)."""
    total = float(counts.sum())
    if not total:
        return counts
    shares = counts / total
    for own in segments:
        shares = (own + PRIOR * shares) / (float(own.sum()) + PRIOR)
    return np.asarray(total * shares)
