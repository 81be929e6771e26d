"""The newest past held out inside a training: everything about a model is chosen on what it did not see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.stats import rankdata

from recommender.dataset.dataset import Dataset
from recommender.metrics.ranking import find_ranks, ndcg_at_k
from recommender.metrics.report import list_length
from recommender.metrics.splits import Split, split_newest
from recommender.models.trends import tells_time

Array = np.ndarray[Any, np.dtype[Any]]
HELD_OUT_SHARE, MIN_LEARNERS, TOP_K, DEEP_K = 0.1, 20, 10, 100
RECENT_SHARE, FEWEST_LATER = 0.1, 100
MOST_SCORES, MOST_LEARNERS = 10_000_000, 20_000


@dataclass(frozen=True, slots=True)
class Quality:
    """How well held-out items are ranked: the mean NDCG of the first ten, or half of the items.

    `by_learner` are the means of that and the NDCG of the first hundred: by it choices are made, because fewer
    learners have the same by chance. `weights` add up to 1: how much each learner counts.
    """

    ndcg: float
    by_learner: Array = field(repr=False, compare=False)
    weights: Array = field(repr=False, compare=False)

    @property
    def mean(self) -> float:
        """Return the mean by which choices are made."""
        return float(self.weights @ self.by_learner)

    def is_better(self, other: Quality, errors: float = 0.0) -> bool:
        """Return whether this is higher by more than so many standard errors, over the same learners."""
        gains = self.by_learner - other.by_learner
        mean = self.weights @ gains
        error = np.sqrt(np.square(self.weights * (gains - mean)).sum())
        return bool(mean > max(1e-9, errors * error))


def validation_split(dataset: Dataset) -> Split:
    """Hold out each learner's newest tenth, and the newest newcomers."""
    return split_newest(dataset, HELD_OUT_SHARE)


def with_a_past(split: Split) -> Split:
    """Keep the learners who took something before."""
    return replace(split, learners=split.learners[_past_lengths(split) > 0])


def without_a_past(split: Split) -> Split:
    """Keep the learners who took nothing before."""
    return replace(split, learners=split.learners[_past_lengths(split) == 0])


def at_most(split: Split, learners: int) -> Split:
    """Keep so many learners at most, always the same ones."""
    chosen = np.linspace(0, len(split.learners) - 1, min(learners, len(split.learners))).astype(np.int64)
    return replace(split, learners=split.learners[chosen])


def _past_lengths(split: Split) -> Array:
    return np.asarray(np.diff(split.train.starts)[split.learners])


class Validation:
    """The held-out items of some learners, at most 20,000 and 10 million scores; a split gives always the same ones."""

    def __init__(self, split: Split) -> None:
        items = len(split.train.items)
        most = min(MOST_LEARNERS, max(MIN_LEARNERS, MOST_SCORES // max(1, items)))
        self.users: Array = at_most(split, most).learners
        self._held_out = split.held_out[self.users]
        self.candidates: Array = split.train.known()[self.users].toarray() == 0
        self.candidates[self._held_out.nonzero()] = True
        self.weights = _weights(split, self.users)
        self.k = list_length(TOP_K, items)
        self._deep = list_length(DEEP_K, items)

    def measure(self, values: Array) -> Quality:
        """Judge scores (learners x items); ties count by what their orders give in the mean."""
        ranks = find_ranks(np.where(self.candidates, values, -np.inf), self._held_out)
        first, deep = ndcg_at_k(ranks, self.k), ndcg_at_k(ranks, self._deep)
        return Quality(float(self.weights @ first), (first + deep) / 2, self.weights)


def _weights(split: Split, users: Array) -> Array:
    """Return how much each learner counts: half as much where a tenth of them, 100 at least, begin their future later.

    Whatever is trained on all learners has seen what others did after such a moment, as no server ever has. Ranks
    count, not times: a clock in the future decides nothing. Times that tell nothing leave everybody equal.
    """
    weights = np.ones(len(users))
    if len(users) and tells_time(split.train.at):
        later = rankdata(-split.moments_us[users], method="min") - 1
        weights = np.exp2(-later / max(FEWEST_LATER, RECENT_SHARE * len(users)))
    return np.asarray(weights / max(1.0, weights.sum()))
