"""Diversity: a list of good items that are unlike each other (maximal marginal relevance, Carbonell 1998)."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.ranking.calibration import Balance, Shares

Array = np.ndarray[Any, np.dtype[Any]]
POOL = 100
"""How many of the best items may be reordered."""


def diversify(
    ranked: Array,
    scores: Array,
    vectors: Array,
    diversity: float,
    limit: int,
    balance: Balance | None = None,
) -> Array:
    """Move to the front `limit` of the first 100 ranked positions, each good and unlike those before it.

    `scores` (I) and `vectors` (I x D, of length 1) are those of all items. With a `diversity` of 0 only the score
    counts, with 1 only the likeness to the items before. With a `balance`, the list also stays near its shares. The
    other positions follow as ranked. A longer list begins with the shorter one, so that pages fit together.
    """
    pool, rest = ranked[:POOL], ranked[POOL:]
    if len(pool) < 3 or (diversity == 0.0 and balance is None):
        return ranked
    # Scores have no fixed range, cosines do: relevance is scaled to 0..1 so that `diversity` weighs the two alike.
    relevance = _between_0_and_1(np.asarray(scores[pool], dtype=np.float64))
    cosines = vectors[pool] @ vectors[pool].T
    nearest = np.zeros(len(pool))  # the cosine of each item to the nearest one chosen so far
    value = (1.0 - diversity) * relevance
    shares = Shares(balance, pool) if balance else None
    order = []
    for _ in range(min(limit, len(pool))):
        costs = diversity * nearest + (shares.costs() if shares else 0.0)
        best = int(np.argmax(value - costs))
        order.append(best)
        value[best] = -np.inf
        np.maximum(nearest, cosines[best], out=nearest)
        if shares:
            shares.add(best)
    return np.concatenate([pool[order], np.delete(pool, order), rest])


def unit_rows(vectors: Array) -> Array:
    """Return the vectors scaled to length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Array = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def _between_0_and_1(values: Array) -> Array:
    spread = float(values.max() - values.min())
    scaled: Array = (values - values.min()) / spread if spread > 0 else np.zeros_like(values)
    return scaled
