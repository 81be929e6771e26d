"""Ranking metrics from the places at which held-out items stand; each function is for one learner."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def places(scores: Array, relevant: Array, excluded: Array) -> Array:
    """Return the places (0 is best) of the relevant items among those not excluded; ties count half against."""
    candidates = np.ones(len(scores), dtype=bool)
    candidates[excluded] = False
    candidates[relevant] = True
    pool = scores[candidates]
    targets = scores[relevant]
    better = (pool[None, :] > targets[:, None]).sum(axis=1)
    equal = (pool[None, :] == targets[:, None]).sum(axis=1) - 1
    return np.sort(better + equal / 2)


def precision_at_k(ranks: Array, k: int) -> float:
    """Return the share of the first k that is relevant."""
    return float((ranks < k).sum() / k)


def recall_at_k(ranks: Array, k: int) -> float:
    """Return the share of the relevant items that stand among the first k."""
    return float((ranks < k).sum() / len(ranks))


def ndcg_at_k(ranks: Array, k: int) -> float:
    """Return the discounted gain of the first k beside that of a perfect list (Järvelin 2002)."""
    gain = (1 / np.log2(ranks[ranks < k] + 2)).sum()
    ideal = (1 / np.log2(np.arange(min(k, len(ranks))) + 2)).sum()
    return float(gain / ideal)


def mrr(ranks: Array) -> float:
    """Return one over the place (counted from 1) of the first relevant item."""
    return float(1 / (ranks[0] + 1))


def auc(ranks: Array, candidates: int) -> float:
    """Return the chance that a relevant item stands before one that is not; .5 when there is none such."""
    others = candidates - len(ranks)
    if others == 0:
        return 0.5
    misplaced = (ranks - np.arange(len(ranks))).sum()
    return float(1 - misplaced / (others * len(ranks)))


def coverage(lists: Array, items: int) -> float:
    """Return the share of the catalogue that appears in any of the lists."""
    return len(np.unique(lists)) / items if items else 0.0
