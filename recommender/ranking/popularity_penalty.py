"""The popularity penalty: popular items lose score and the others gain it, so that lists show more of the catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def penalty_on(scores: Array, popularity: Array, candidates: Array, weight: float) -> Array:
    """Return the popularity penalty; nothing where all candidates score the same, as it would then be the ranking."""
    return popularity_penalty(popularity, candidates, weight if differ(scores, candidates) else 0.0)


def differ(scores: Array, candidates: Array) -> bool:
    """Return whether the candidates (a mask) do not all score the same."""
    chosen = scores[candidates]
    return len(chosen) > 0 and bool(np.ptp(chosen) > 0)


def popularity_penalty(popularity: Array, candidates: Array, weight: float) -> Array:
    """Return what is added to the score of each item: minus `weight` per standard deviation of log popularity.

    Mean and standard deviation are those of the candidates (a mask). Where all of them are equally popular, or the
    weight is 0, nothing is added.
    """
    # Popularity spans orders of magnitude; by its logarithm the few most popular items do not hide all others.
    logs = np.log1p(np.asarray(popularity, dtype=np.float64))
    chosen = logs[candidates]
    deviation = float(chosen.std()) if len(chosen) else 0.0
    if deviation == 0.0 or weight == 0.0:
        return np.zeros(len(logs))
    penalty: Array = -weight * (logs - chosen.mean()) / deviation
    return penalty
