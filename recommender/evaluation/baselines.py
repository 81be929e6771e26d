"""The simple recommenders that a model must beat: popularity and item-kNN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset import Dataset

Array = np.ndarray[Any, np.dtype[Any]]
Scorer = Callable[[Array], Array]
"""Takes the positions of users, returns users x items scores."""

NEIGHBOURS = 100
SHRINK = 10.0


def popularity(dataset: Dataset) -> Scorer:
    """Score each item by how many learners took it, the same for everybody."""
    counts = np.bincount(dataset.item_of, minlength=len(dataset.items)).astype(np.float32)
    return lambda users: np.tile(counts, (len(users), 1))


def item_knn(dataset: Dataset, neighbours: int = NEIGHBOURS, shrink: float = SHRINK) -> Scorer:
    """Score an item by its likeness (cosine, shrunk towards 0 where few learners tell) to those taken."""
    taken = dataset.taken()
    likeness = _likeness(taken, neighbours, shrink)
    return lambda users: np.asarray((taken[users] @ likeness).todense())


def _likeness(taken: sp.csr_matrix, neighbours: int, shrink: float) -> sp.csr_matrix:
    together = (taken.T @ taken).tocsr()
    together.setdiag(0)
    together.eliminate_zeros()
    length = np.sqrt(np.asarray(taken.sum(axis=0)).ravel())
    rows = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    together.data = together.data / (length[rows] * length[together.indices] + shrink)
    for row in range(together.shape[0]):
        _keep_largest(together.data[together.indptr[row] : together.indptr[row + 1]], neighbours)
    together.eliminate_zeros()
    return together


def _keep_largest(values: Array, kept: int) -> None:
    if len(values) > kept:
        values[np.argpartition(values, -kept)[:-kept]] = 0
