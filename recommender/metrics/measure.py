"""Measures one recommender on a split: the metrics of every learner, from which means and intervals come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.metrics import ranking as metrics
from recommender.metrics.splits import Split
from recommender.models.linear import Scorer

Array = np.ndarray[Any, np.dtype[Any]]
LEARNERS_AT_ONCE, SCORES_AT_ONCE = 500, 10_000_000
METRICS = ("precision", "recall", "ndcg", "mrr", "auc")


@dataclass(frozen=True, slots=True)
class Measured:
    """The metrics of one recommender: one value for each of `learners`, and the lists shown (learners x k).

    Lists hold positions of items, best first, -1 where there were no more. `seconds` is the training time.
    """

    name: str
    learners: Array
    precision: Array
    recall: Array
    ndcg: Array
    mrr: Array
    auc: Array
    lists: Array
    seconds: float

    def mean(self, metric: str, chosen: Array | None = None) -> float:
        """Return the mean of one of METRICS over all learners, or those chosen by a mask; 0 without any."""
        values = getattr(self, metric) if chosen is None else getattr(self, metric)[chosen]
        return float(values.mean()) if len(values) else 0.0


def measure_learners(
    name: str, scorer: Scorer, split: Split, k: int, seconds: float = 0.0, open_items: Array | None = None
) -> Measured:
    """Rank for each learner with a future the items not taken yet, or only those in the mask `open_items`."""
    known = split.train.taken()
    most = max(1, min(LEARNERS_AT_ONCE, SCORES_AT_ONCE // max(1, len(split.train.items))))
    parts = [
        _measure_block(scorer, split, known, split.learners[start : start + most], k, open_items)
        for start in range(0, len(split.learners), most)
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    precision, recall, ndcg, mrr, auc = columns[:5] or [np.zeros(0)] * 5
    lists = columns[5] if parts else np.zeros((0, k), dtype=np.int64)
    return Measured(
        name, split.learners, precision, recall, ndcg, mrr, auc, lists=lists, seconds=round(seconds, 2)
    )


def _measure_block(
    scorer: Scorer, split: Split, known: Any, users: Array, k: int, open_items: Array | None
) -> tuple[Array, ...]:
    relevant = split.held_out[users]
    scores = open_scores(scorer(users), known[users], relevant, open_items)
    ranks = metrics.find_ranks(scores, relevant)
    return (
        metrics.precision_at_k(ranks, k),
        metrics.recall_at_k(ranks, k),
        metrics.ndcg_at_k(ranks, k),
        metrics.mrr(ranks),
        metrics.auc(ranks),
        metrics.top_lists(scores, k),
    )


def open_scores(scores: Array, known: Any, relevant: Any, open_items: Array | None = None) -> Array:
    """Return a copy of the scores (learners x items) that is -inf where an item is known, unless relevant."""
    found = np.array(scores, dtype=np.float32)
    kept = found[relevant.nonzero()]
    found[known.nonzero()] = -np.inf
    if open_items is not None:
        found[:, ~open_items] = -np.inf
    found[relevant.nonzero()] = kept
    return found
