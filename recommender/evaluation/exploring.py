"""What exploration costs: the NDCG of lists whose last places are drawn at random, as if nothing drawn suited."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.metrics.measure import Measured
from recommender.metrics.splits import Split
from recommender.ranking.exploration import kept_probabilities

Array = np.ndarray[Any, np.dtype[Any]]


def ndcg_with_exploration(measured: Measured, split: Split, share: float) -> Array:
    """Return the expected NDCG of each learner where this share of the places is explored.

    `measured` are the served lists without it. To be compared with `measured.ndcg`: the goal is a ratio of .99.
    """
    k = measured.lists.shape[1]
    relevant = np.asarray(
        np.take_along_axis(split.held_out[measured.learners].toarray(), np.maximum(measured.lists, 0), axis=1)
    )
    hits = (relevant > 0) & (measured.lists >= 0)
    discounts = 1 / np.log2(np.arange(k) + 2)
    wanted = np.minimum(np.diff(split.held_out.indptr)[measured.learners], k)
    ideal = np.concatenate([[1.0], np.cumsum(discounts)])[wanted]
    lost = hits @ (discounts * (1 - np.array(kept_probabilities(k, k, share, k))))
    return np.asarray(measured.ndcg - lost / ideal)
