"""The simple recommenders that a model must beat; each scores the learners of the dataset it was made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Dataset
from recommender.models.cooccurrence import ease_links

Array = np.ndarray[Any, np.dtype[Any]]
Scorer = Callable[[Array], Array]
"""Takes the positions of users, returns users x items scores."""

NEIGHBOURS = 100
SHRINK = 10.0


def popularity(dataset: Dataset) -> Scorer:
    """Score each item by how many learners took it, the same for everybody."""
    counts = np.bincount(dataset.item_of, minlength=len(dataset.items)).astype(np.float32)
    return lambda users: np.tile(counts, (len(users), 1))


def recency_popularity(dataset: Dataset, half_life: float = 0.1) -> Scorer:
    """Score each item by how many took it lately: a vote loses half its weight in `half_life` of the whole time."""
    if len(dataset.at) == 0:
        return popularity(dataset)
    age = (dataset.at.max() - dataset.at) / max(1, np.ptp(dataset.at))
    votes = np.bincount(dataset.item_of, weights=0.5 ** (age / half_life), minlength=len(dataset.items))
    return lambda users: np.tile(votes.astype(np.float32), (len(users), 1))


def item_knn(
    dataset: Dataset, neighbours: int = NEIGHBOURS, shrink: float = SHRINK, damping: float = 0.5
) -> Scorer:
    """Score an item by its likeness (cosine, shrunk towards 0 where few learners tell) to those taken.

    `damping` is the exponent of an item's learners in the cosine: below .5 the popular ones stay near.
    """
    taken = dataset.taken()
    likeness = _likeness(taken, neighbours, shrink, damping)
    return lambda users: np.asarray((taken[users] @ likeness).todense())


def ease(dataset: Dataset, regularisation: float = 200.0) -> Scorer:
    """Score with EASE (Steck 2019): the ridge regression of each item on all others."""
    return applied_ease(dataset, ease_links(dataset.taken(), regularisation), 1.0)


def applied_ease(dataset: Dataset, weights: Array, decay: float) -> Scorer:
    """Score with the weights of EASE and a history in which each step back weighs `decay` times less."""
    recent = decayed(dataset, decay)
    return lambda users: np.asarray(recent[users] @ weights)


def markov(dataset: Dataset, window: int = 3, decay: float = 0.7, shrink: float = 1.0) -> Scorer:
    """Score an item by how often it came within `window` steps after those the learner took last."""
    following = _following(dataset, window)
    origins = np.asarray(following.sum(axis=1)).ravel() + shrink
    chances = sp.diags(1 / np.maximum(origins, 1e-9)) @ following
    recent = decayed(dataset, decay)
    return lambda users: np.asarray((recent[users] @ chances).todense())


def content_cosine(dataset: Dataset, decay: float = 0.9) -> Scorer:
    """Score an item by the cosine of its features and those of what the learner took, the latest counting most."""
    features = dataset.item_features
    recent = decayed(dataset, decay)

    def scorer(users: Array) -> Array:
        profile = recent[users] @ features
        length = np.sqrt(np.asarray(profile.multiply(profile).sum(axis=1)))
        return np.asarray((profile @ features.T).toarray() / np.maximum(length, 1e-9))

    return scorer


def decayed(dataset: Dataset, decay: float) -> sp.csr_matrix:
    """Return users x items: decay to the power of how many items the learner took since."""
    age = dataset.starts[dataset.user_of + 1] - 1 - np.arange(len(dataset.item_of))
    shape = (len(dataset.users), len(dataset.items))
    weights = np.power(decay, age, dtype=np.float32)
    return sp.csr_matrix((weights, (dataset.user_of, dataset.item_of)), shape=shape)


def _following(dataset: Dataset, window: int) -> sp.csr_matrix:
    """Count, items x items, how often the second came 1 to `window` steps after the first: 1/steps each."""
    items = len(dataset.items)
    total = sp.csr_matrix((items, items), dtype=np.float32)
    for step in range(1, window + 1):
        same = dataset.user_of[step:] == dataset.user_of[:-step]
        pairs = (dataset.item_of[:-step][same], dataset.item_of[step:][same])
        weights = np.full(int(same.sum()), 1 / step, dtype=np.float32)
        total = total + sp.csr_matrix((weights, pairs), shape=(items, items))
    return total


def _likeness(taken: sp.csr_matrix, neighbours: int, shrink: float, damping: float) -> sp.csr_matrix:
    together = (taken.T @ taken).tocsr()
    together.setdiag(0)
    together.eliminate_zeros()
    length = np.asarray(taken.sum(axis=0)).ravel() ** damping
    rows = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    together.data = together.data / (length[rows] * length[together.indices] + shrink)
    for row in range(together.shape[0]):
        _keep_largest(together.data[together.indptr[row] : together.indptr[row + 1]], neighbours)
    together.eliminate_zeros()
    return together


def _keep_largest(values: Array, kept: int) -> None:
    if len(values) > kept:
        values[np.argpartition(values, -kept)[:-kept]] = 0
