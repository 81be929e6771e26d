"""Ranking metrics of many learners at once, from the ranks of their held-out items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

Array = np.ndarray[Any, np.dtype[Any]]
CELLS_AT_ONCE = 1_000_000
"""Larger blocks are slower: they do not fit the processor's caches."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks of the relevant items of `learners` learners, sorted by learner, then rank.

    A relevant item of learner `of` shares the ranks from `first` on (0 is best) with all `tied` items of its score,
    itself included: any order of these is as likely as another. `candidates` (one number a learner) is how long
    each ranking is.
    """

    learners: int
    of: Array
    first: Array
    tied: Array
    candidates: Array

    @property
    def relevant(self) -> Array:
        """Return how many relevant items each learner has."""
        return np.bincount(self.of, minlength=self.learners)

    @property
    def rank(self) -> Array:
        """Return the expected rank of each relevant item."""
        return np.asarray(self.first + (self.tied - 1) / 2)

    @property
    def best(self) -> Array:
        """Return where each learner's first relevant item is in `of`."""
        return np.searchsorted(self.of, np.arange(self.learners))


def find_ranks(scores: Array, relevant: sp.csr_matrix) -> Ranks:
    """Rank the relevant items of each row among its finite scores.

    `scores` (learners x items) are -inf where an item is not a candidate; relevant items must be candidates.
    """
    of = np.repeat(np.arange(relevant.shape[0]), np.diff(relevant.indptr))
    first, tied = np.zeros((2, len(of)), dtype=np.int64)
    step = max(1, CELLS_AT_ONCE // max(1, scores.shape[1]))
    for start in range(0, len(of), step):
        part = slice(start, start + step)
        lines = scores[of[part]]
        targets = scores[of[part], relevant.indices[part]][:, None]
        first[part], tied[part] = (lines > targets).sum(axis=1), (lines == targets).sum(axis=1)
    order = np.lexsort((first, of))
    return Ranks(scores.shape[0], of[order], first[order], tied[order], np.isfinite(scores).sum(axis=1))


def precision_at_k(ranks: Ranks, k: int) -> Array:
    """Return the share of each learner's first k that is relevant."""
    return _sums(ranks, _expected(ranks, np.ones(k))) / k


def recall_at_k(ranks: Ranks, k: int) -> Array:
    """Return the share of each learner's relevant items that are among the first k."""
    return _sums(ranks, _expected(ranks, np.ones(k))) / ranks.relevant


def ndcg_at_k(ranks: Ranks, k: int) -> Array:
    """Return the discounted gain of the first k divided by that of a perfect list (Järvelin 2002)."""
    gains = 1 / np.log2(np.arange(k) + 2)
    perfect = np.concatenate([[0], np.cumsum(gains)])
    return np.asarray(_sums(ranks, _expected(ranks, gains)) / perfect[np.minimum(ranks.relevant, k)])


def mrr(ranks: Ranks) -> Array:
    """Return one over the rank (counted from 1) of each learner's first relevant item."""
    best = ranks.best
    found = 1 / (ranks.first[best] + 1)
    together = _sums(ranks, ranks.first == ranks.first[best][ranks.of])
    for learner in np.flatnonzero(ranks.tied[best] > 1):
        row = best[learner]
        found[learner] = _expected_reciprocal(ranks.first[row], ranks.tied[row], int(together[learner]))
    return np.asarray(found)


def auc(ranks: Ranks) -> Array:
    """Return the chance that a relevant item is ranked above an irrelevant one; .5 where there is no such pair."""
    # Relevant items above an item are not mistakes: subtract how many of them precede it in its learner's ranking.
    misplaced = _sums(ranks, ranks.rank - (np.arange(len(ranks.of)) - ranks.best[ranks.of]))
    pairs = (ranks.candidates - ranks.relevant) * ranks.relevant
    return np.where(pairs > 0, 1 - misplaced / np.maximum(pairs, 1), 0.5)


def _expected(ranks: Ranks, gains: Array) -> Array:
    """Return the expected gain of each relevant item: the mean of `gains` (by rank) over the ranks that it shares."""
    total = np.concatenate([[0], np.cumsum(gains)])
    start, end = (np.minimum(rank, len(gains)) for rank in (ranks.first, ranks.first + ranks.tied))
    return np.asarray((total[end] - total[start]) / ranks.tied)


def _expected_reciprocal(first: int, tied: int, relevant: int) -> float:
    """Return the mean of 1 / rank of the first of some `relevant` among `tied` items in random order.

    The first relevant one is at step j with the chance C(tied - 1 - j, relevant - 1) / C(tied, relevant); each
    chance follows from the one before it.
    """
    steps = np.arange(tied - relevant + 1)
    later = (tied - relevant - steps[:-1]) / (tied - 1 - steps[:-1])
    chances = relevant / tied * np.concatenate([[1.0], np.cumprod(later)])
    return float((chances / (first + 1 + steps)).sum())


def top_lists(scores: Array, k: int) -> Array:
    """Return the best k items of each row, best first, of equal ones the first; -1 where there are no more."""
    k = min(k, scores.shape[1])
    if k == scores.shape[1]:
        best = np.argsort(-scores, axis=1, kind="stable")
    else:
        best = top_scores(scores, k)
        # Of items with the score of the last one, `top_scores` takes any: rows with such ties are sorted whole.
        threshold = np.take_along_axis(scores, best, axis=1).min(axis=1)
        tied = np.flatnonzero((scores >= threshold[:, None]).sum(axis=1) > k)
        best[tied] = np.argsort(-scores[tied], axis=1, kind="stable")[:, :k]
        best.sort(axis=1)
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
    return np.where(np.isfinite(np.take_along_axis(scores, best, axis=1)), best, -1)


def top_scores(scores: Array, k: int) -> Array:
    """Return learners x `k` positions of the largest scores (learners x items), largest first; of equal ones any.

    Exact, and much faster than sorting a large catalogue: the best `k` are among the `k` groups of items with
    the largest maxima and the few items that no group holds.
    """
    learners, items = scores.shape
    k = min(k, items)
    size = int(np.sqrt(items / max(1, k)))
    if k == 0 or size < 2:
        return np.argsort(-scores, axis=1, kind="stable")[:, :k]
    groups = items // size
    maxima = scores[:, : groups * size].reshape(learners, size, groups).max(axis=1)
    chosen = np.argpartition(-maxima, k - 1, axis=1)[:, :k]
    members = (chosen[:, :, None] + groups * np.arange(size)).reshape(learners, k * size)
    left = np.broadcast_to(np.arange(groups * size, items), (learners, items - groups * size))
    positions = np.concatenate([members, left], axis=1)
    values = np.take_along_axis(scores, positions, axis=1)
    best = np.argpartition(-values, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(values, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(positions, np.take_along_axis(best, order, axis=1), axis=1)


def coverage(lists: Array, items: int) -> float:
    """Return the share of the catalogue that appears in any of the lists."""
    return len(np.unique(lists[lists >= 0])) / items if items else 0.0


def _sums(ranks: Ranks, values: Array) -> Array:
    return np.bincount(ranks.of, weights=values, minlength=ranks.learners)
