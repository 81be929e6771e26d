"""The lists as they are served, popularity penalty and variety included, in the form that others are measured in."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.models.baselines import Scorer
from recommender.models.blend import blended_scorer, standardise
from recommender.models.trained_model import TrainedModel
from recommender.ranking.lists import Knobs, make_list, popularity_penalty, unit_rows

Array = np.ndarray[Any, np.dtype[Any]]


def served_scorer(model: TrainedModel, dataset: Dataset, knobs: Knobs, k: int) -> Scorer:
    """Score so that the best k are the list that a learner of the dataset gets, in its order."""
    blended = blended_scorer(model, dataset)
    known = dataset.known()
    vectors = unit_rows(model.item_embeddings)

    def scorer(users: Array) -> Array:
        candidates = known[users].toarray() == 0
        values = standardise(blended(users), candidates).values
        for line, mask in zip(values, candidates, strict=True):
            chosen = make_list(line, mask, model.popularity, vectors, k, knobs)
            line += popularity_penalty(model.popularity, mask, knobs.penalty)
            line[chosen] = line.max(initial=0.0) + len(chosen) - np.arange(len(chosen))
        return values

    return scorer
