"""Served lists, with popularity penalty and diversity, as a scorer that can be measured like any other."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.models.blend import blended_scorer, standardise
from recommender.models.linear import Scorer
from recommender.models.trained_model import TrainedModel
from recommender.ranking.diversity import unit_rows
from recommender.ranking.lists import ListSettings, make_list
from recommender.ranking.popularity_penalty import popularity_penalty

Array = np.ndarray[Any, np.dtype[Any]]


def served_scorer(model: TrainedModel, dataset: Dataset, lists: ListSettings, k: int) -> Scorer:
    """Score so that the best k items are the list that a learner of the dataset is served, in its order."""
    blended = blended_scorer(model, dataset)
    known = dataset.known()
    vectors = unit_rows(model.item_embeddings)

    def scorer(users: Array) -> Array:
        candidates = known[users].toarray() == 0
        values = standardise(blended(users), candidates).values
        for line, mask in zip(values, candidates, strict=True):
            chosen = make_list(line, mask, model.popularity, vectors, k, lists)
            line += popularity_penalty(model.popularity, mask, lists.penalty)
            # The list comes first, in its order; the scores behind it still rank the rest.
            line[chosen] = line.max(initial=0.0) + len(chosen) - np.arange(len(chosen))
        return values

    return scorer
