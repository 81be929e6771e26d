"""From scores to the list that is served: penalty, ranking and diversity, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.config import RecommenderSettings
from recommender.ranking.calibration import Balance
from recommender.ranking.diversity import POOL, diversify
from recommender.ranking.popularity_penalty import penalty_on

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class ListSettings:
    """How lists are made: the weight of the popularity penalty, and the diversity from 0 to 1.

    With a `balance`, which differs from learner to learner, lists are calibrated.
    """

    penalty: float = 0.2
    diversity: float = 0.05
    balance: Balance | None = None

    @classmethod
    def of(cls, facts: Mapping[str, Any], settings: RecommenderSettings) -> ListSettings:
        """Return what a training chose and keeps in the model's facts, as far as the settings do not set it."""
        chosen = cls(**facts.get("lists", {}))
        return cls(
            chosen.penalty if settings.popularity_penalty is None else settings.popularity_penalty,
            chosen.diversity if settings.diversity is None else settings.diversity,
        )


def make_list(
    scores: Array, candidates: Array, popularity: Array, vectors: Array, limit: int, settings: ListSettings
) -> Array:
    """Return the positions of the list of `limit` that is served for these scores, the highest score first.

    `scores` (I) are in standard deviations, `candidates` (I) is a mask, `vectors` (I x D) have length 1.
    """
    values = scores + penalty_on(scores, popularity, candidates, settings.penalty)
    ranked = rank(values, candidates, popularity, max(limit, POOL))
    chosen = diversify(ranked, values, vectors, settings.diversity, limit, settings.balance)[:limit]
    return best_first(chosen, values)


def rank(scores: Array, candidates: Array, popularity: Array, limit: int) -> Array:
    """Return the positions of the best `limit` candidates; ties go to the more popular, then the first one."""
    positions = np.flatnonzero(candidates)
    if len(positions) > 4 * limit:
        # Sorting everything is slow: only what reaches the score of the best 2 * limit is sorted, ties included.
        best = np.argpartition(-scores[positions], 2 * limit)[: 2 * limit]
        threshold = scores[positions[best]].min()
        positions = positions[scores[positions] >= threshold]
    order = np.lexsort((positions, -popularity[positions], -scores[positions]))
    return np.asarray(positions[order[:limit]])


def best_first(chosen: Array, scores: Array) -> Array:
    """Return chosen positions in the order of their scores; equal ones keep their order."""
    return np.asarray(chosen[np.argsort(-scores[chosen], kind="stable")])
