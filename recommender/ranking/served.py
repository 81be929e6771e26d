"""Served lists, with popularity penalty and diversity, as a scorer that can be measured like any other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.models.blend import CountsOf, blended_scorer, earlier_scorer, standardise
from recommender.models.linear import Scorer
from recommender.models.trained_model import TrainedModel
from recommender.ranking.diversity import unit_rows
from recommender.ranking.lists import ListSettings, make_list
from recommender.ranking.popularity_penalty import penalty_on

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Served:
    """What lists are made with: a model's scores, popularity (I), vectors of length 1 (I x D), and the settings."""

    scorer: Scorer
    popularity: Array
    vectors: Array
    lists: ListSettings


def served(
    model: TrainedModel, dataset: Dataset, lists: ListSettings, counts_of: CountsOf | None = None
) -> Served:
    """Return what lists are made with, for a model of any age; see `earlier_scorer` and `blended_scorer`."""
    popularity, vectors = model.popularity, model.item_embeddings
    if (model.items, model.side_names) == (dataset.items, dataset.side_names):
        scorer = blended_scorer(model, dataset, counts_of)
    else:
        scorer = earlier_scorer(model, dataset, counts_of)
        # Items that the model lacks get the last row, of zeros.
        at = [model.item_index.get(item, -1) for item in dataset.items]
        popularity, vectors = np.pad(popularity, (0, 1))[at], np.pad(vectors, ((0, 1), (0, 0)))[at]
    return Served(scorer, popularity, unit_rows(vectors), lists)


def served_scorer(of: Served, dataset: Dataset, k: int) -> Scorer:
    """Score so that the best k items are the list that a learner of the dataset is served, in its order."""
    known = dataset.known()
    has_past = np.diff(dataset.starts) > 0

    def scorer(users: Array) -> Array:
        candidates = known[users].toarray() == 0
        values = standardise(of.scorer(users), candidates).values
        for row, user in enumerate(users):
            lists = of.lists if has_past[user] else replace(of.lists, penalty=0.0)
            values[row] = list_scores(values[row], candidates[row], of.popularity, of.vectors, k, lists)
        return values

    return scorer


def list_scores(
    values: Array, candidates: Array, popularity: Array, vectors: Array, k: int, lists: ListSettings
) -> Array:
    """Return scores (I) of which the best k are the list made of `values`, in its order; see `make_list`.

    The scores behind the list still rank the rest.
    """
    chosen = make_list(values, candidates, popularity, vectors, k, lists)
    found = values + penalty_on(values, popularity, candidates, lists.penalty)
    found[chosen] = found.max(initial=0.0) + len(chosen) - np.arange(len(chosen))
    return np.asarray(found)
