"""Ranking metrics of many learners at once, from the places at which their held-out items stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.metrics.topk import top_scores

Array = np.ndarray[Any, np.dtype[Any]]
CELLS_AT_ONCE = 8_000_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where the relevant items of `learners` learners stand: `rank` (0 is best) of those of learner `of`.

    Both are sorted by learner, then rank; `candidates` (one number a learner) is how long each ranking is.
    """

    learners: int
    of: Array
    rank: Array
    candidates: Array

    @property
    def relevant(self) -> Array:
        """Return how many relevant items each learner has."""
        return np.bincount(self.of, minlength=self.learners)


def find_places(scores: Array, relevant: sp.csr_matrix) -> Places:
    """Rank the relevant items of each row among its finite scores; ties count half against them.

    `scores` (learners x items) are -inf where an item is no candidate; relevant items must be candidates.
    """
    of = np.repeat(np.arange(relevant.shape[0]), np.diff(relevant.indptr))
    rank = np.zeros(len(of))
    step = max(1, CELLS_AT_ONCE // max(1, scores.shape[1]))
    for start in range(0, len(of), step):
        part = slice(start, start + step)
        lines = scores[of[part]]
        targets = scores[of[part], relevant.indices[part]][:, None]
        better, equal = (lines > targets).sum(axis=1), (lines == targets).sum(axis=1) - 1
        rank[part] = better + equal / 2
    order = np.lexsort((rank, of))
    return Places(scores.shape[0], of[order], rank[order], np.isfinite(scores).sum(axis=1))


def precision_at_k(places: Places, k: int) -> Array:
    """Return the share of each learner's first k that is relevant."""
    return _sums(places, places.rank < k) / k


def recall_at_k(places: Places, k: int) -> Array:
    """Return the share of each learner's relevant items that stand among the first k."""
    return _sums(places, places.rank < k) / places.relevant


def ndcg_at_k(places: Places, k: int) -> Array:
    """Return the discounted gain of the first k beside that of a perfect list (Järvelin 2002)."""
    gain = np.where(places.rank < k, 1 / np.log2(places.rank + 2), 0)
    best = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(k) + 2))])
    return np.asarray(_sums(places, gain) / best[np.minimum(places.relevant, k)])


def mrr(places: Places) -> Array:
    """Return one over the place (counted from 1) of each learner's first relevant item."""
    first = np.searchsorted(places.of, np.arange(places.learners))
    return np.asarray(1 / (places.rank[first] + 1))


def auc(places: Places) -> Array:
    """Return the chance that a relevant item stands before one that is not; .5 when there is none such."""
    first = np.searchsorted(places.of, np.arange(places.learners))
    misplaced = _sums(places, places.rank - (np.arange(len(places.of)) - first[places.of]))
    pairs = (places.candidates - places.relevant) * places.relevant
    return np.where(pairs > 0, 1 - misplaced / np.maximum(pairs, 1), 0.5)


def top_lists(scores: Array, k: int) -> Array:
    """Return the best k items of each row, best first, of equal ones the first; -1 where there are no more."""
    k = min(k, scores.shape[1])
    if k == scores.shape[1]:
        best = np.argsort(-scores, axis=1, kind="stable")
    else:
        best = top_scores(scores, k)
        threshold = np.take_along_axis(scores, best, axis=1).min(axis=1)
        tied = np.flatnonzero((scores >= threshold[:, None]).sum(axis=1) > k)
        best[tied] = np.argsort(-scores[tied], axis=1, kind="stable")[:, :k]
        best.sort(axis=1)
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
    return np.where(np.isfinite(np.take_along_axis(scores, best, axis=1)), best, -1)


def coverage(lists: Array, items: int) -> float:
    """Return the share of the catalogue that appears in any of the lists."""
    return len(np.unique(lists[lists >= 0])) / items if items else 0.0


def _sums(places: Places, values: Array) -> Array:
    return np.bincount(places.of, weights=values, minlength=places.learners)
