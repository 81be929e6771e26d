"""The newest past held out inside a training: settings and blend weights are chosen on what it did not see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.metrics.ranking import Ranks, find_ranks, ndcg_at_k
from recommender.metrics.report import list_length
from recommender.metrics.splits import Split, split_by_time, split_last

Array = np.ndarray[Any, np.dtype[Any]]
HELD_OUT_SHARE, MIN_LEARNERS, TOP_K = 0.1, 20, 10
MOST_SCORES = 10_000_000


@dataclass(frozen=True, slots=True)
class Quality:
    """How well held-out items are ranked: NDCG of the first ten (or half of the items), and AUC.

    `by_learner` are the NDCGs whose mean `ndcg` is.
    """

    ndcg: float
    auc: float
    by_learner: Array = field(repr=False, compare=False)

    def is_clearly_better(self, other: Quality) -> bool:
        """Return whether the NDCG is higher by more than one standard error, over the same learners."""
        gains = self.by_learner - other.by_learner
        return bool(gains.mean() > gains.std() / np.sqrt(len(gains)))


def validation_split(dataset: Dataset) -> Split:
    """Hold out the newest tenth, or each learner's last interaction where times tell nothing.

    They tell nothing where they are mere positions in an order, shared by many interactions, and where hardly
    anybody who took something lately had taken anything before.
    """
    if len(np.unique(dataset.at)) * MIN_LEARNERS < len(dataset.at):
        return split_last(dataset)
    by_time = split_by_time(dataset, HELD_OUT_SHARE)
    return by_time if len(with_a_past(by_time).learners) >= MIN_LEARNERS else split_last(dataset)


def with_a_past(split: Split) -> Split:
    """Keep the learners who took something before."""
    return replace(split, learners=split.learners[_past_lengths(split) > 0])


def without_a_past(split: Split) -> Split:
    """Keep the learners who took nothing before."""
    return replace(split, learners=split.learners[_past_lengths(split) == 0])


def _past_lengths(split: Split) -> Array:
    return np.asarray(np.diff(split.train.starts)[split.learners])


class Validation:
    """The held-out items of some learners, at most 10 million scores in all; a split always gives the same ones."""

    def __init__(self, split: Split) -> None:
        items = len(split.train.items)
        most = max(MIN_LEARNERS, MOST_SCORES // max(1, items))
        chosen = np.linspace(0, len(split.learners) - 1, min(most, len(split.learners))).astype(np.int64)
        self.users: Array = split.learners[chosen]
        self._held_out = split.held_out[self.users]
        self.candidates: Array = split.train.known()[self.users].toarray() == 0
        self.candidates[self._held_out.nonzero()] = True
        self._k = list_length(TOP_K, items)

    def measure(self, values: Array) -> Quality:
        """Judge scores (learners x items); ties count by what their orders give in the mean."""
        ranks = find_ranks(np.where(self.candidates, values, -np.inf), self._held_out)
        ndcgs = ndcg_at_k(ranks, self._k)
        return Quality(float(ndcgs.mean()), _auc(ranks), ndcgs)


def _auc(ranks: Ranks) -> float:
    """Return the mean over the held-out items, not over the learners: learners with many decide more."""
    others = np.maximum(ranks.candidates - 1, 1)[ranks.of]
    return float((1 - ranks.rank / others).mean())
