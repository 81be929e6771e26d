"""What exploration costs: the NDCG of lists whose last places are drawn at random, as if nothing drawn suited."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import Measured
from recommender.metrics.splits import Split
from recommender.models.trends import tells_time
from recommender.ranking.exploration import kept_probabilities
from recommender.serving.nuggets.exploring import NEW_US, OLD_PLACES
from recommender.serving.state.showings import ENOUGH

Array = np.ndarray[Any, np.dtype[Any]]
DAYS_A_WEEK = 7
NEVER = np.iinfo(np.int64).max


def share_explored(dataset: Dataset, places_a_learner: int, share: float) -> float:
    """Return the share of places explored in a week in which each learner is shown so many places a day.

    Nuggets first taken within the last month, by few, wait for their chance; once they had it, only old ones are left.
    Without times nothing is new.
    """
    few = np.bincount(dataset.item_of, minlength=len(dataset.items)) < ENOUGH
    waiting = 0
    if len(dataset.at) and tells_time(dataset.at):
        first = np.full(len(dataset.items), NEVER)
        np.minimum.at(first, dataset.item_of, dataset.at)
        waiting = int(np.count_nonzero(few & (first < NEVER) & (first >= dataset.at.max() - NEW_US)))
    places = DAYS_A_WEEK * len(dataset.users) * places_a_learner * share
    used = min(1.0, ENOUGH * waiting / max(1.0, places))
    return share * (used + (1 - used) * OLD_PLACES)


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
