"""The newest past held out inside a training, so that choices are made on what the training did not see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.metrics.splits import Split, best_split, split_last

Array = np.ndarray[Any, np.dtype[Any]]
HELD_OUT_SHARE, LEAST_LEARNERS, TOP_K = 0.1, 20, 10
MOST_SCORES = 10_000_000
PAIRS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Quality:
    """How well held-out items are ranked: NDCG of the first ten (or half of the items), and AUC."""

    ndcg: float
    auc: float


def validation_split(dataset: Dataset) -> Split:
    """Hold out the newest tenth, or each learner's last interaction where time says nothing.

    It says nothing where the moments are mere places in an order, shared by many interactions.
    """
    if len(np.unique(dataset.at)) * LEAST_LEARNERS < len(dataset.at):
        return split_last(dataset)
    return best_split(dataset, HELD_OUT_SHARE, LEAST_LEARNERS)


class Validation:
    """The held-out items of some learners, at most 10 million scores' worth, always the same of a split."""

    def __init__(self, split: Split) -> None:
        items = len(split.train.items)
        most = max(LEAST_LEARNERS, MOST_SCORES // max(1, items))
        chosen = np.linspace(0, len(split.learners) - 1, min(most, len(split.learners))).astype(np.int64)
        self.users: Array = split.learners[chosen]
        held_out = split.held_out[self.users].tocoo()
        self.rows, self.targets = held_out.row, held_out.col
        self.candidates: Array = split.train.known()[self.users].toarray() == 0
        self.candidates[self.rows, self.targets] = True
        self._first = max(1, min(TOP_K, items // 2))

    def measure(self, values: Array) -> Quality:
        """Judge scores (learners x items); ties count half against."""
        ranks = self._ranks(np.where(self.candidates, values, -np.inf))
        gains = np.where(ranks < self._first, 1 / np.log2(ranks + 2), 0)
        relevant = np.bincount(self.rows, minlength=len(self.users))
        ideal = np.concatenate([[1.0], np.cumsum(1 / np.log2(np.arange(self._first) + 2))])
        ndcg = np.bincount(self.rows, gains, len(self.users)) / ideal[np.minimum(relevant, self._first)]
        others = np.maximum(self.candidates.sum(axis=1) - 1, 1)[self.rows]
        return Quality(float(ndcg.mean()), float((1 - ranks / others).mean()))

    def _ranks(self, values: Array) -> Array:
        parts = [np.zeros(0)]
        for start in range(0, len(self.rows), PAIRS_AT_ONCE):
            rows = self.rows[start : start + PAIRS_AT_ONCE]
            lines = values[rows]
            own = lines[np.arange(len(rows)), self.targets[start : start + PAIRS_AT_ONCE]][:, None]
            parts.append((lines > own).sum(axis=1) + ((lines == own).sum(axis=1) - 1) / 2)
        return np.concatenate(parts)
