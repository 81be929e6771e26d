"""Splits that never let a training see the future."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset import Dataset, starts_of

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Split:
    """The past to train on, and the future: `held_out` (users x items) of the learners in `learners`."""

    name: str
    train: Dataset
    held_out: sp.csr_matrix
    learners: Array


def split_by_time(dataset: Dataset, share: float) -> Split:
    """Hold out the newest `share` of all interactions: everything after one moment is the future."""
    if len(dataset.at) == 0:
        return _split("time", dataset, np.zeros(0, dtype=bool))
    moment = np.quantile(dataset.at, 1 - share)
    return _split("time", dataset, dataset.at > moment)


def split_last(dataset: Dataset) -> Split:
    """Hold out the last interaction of every learner who has at least two."""
    counts = np.diff(dataset.starts)
    future = np.zeros(len(dataset.item_of), dtype=bool)
    future[dataset.starts[1:][counts >= 2] - 1] = True
    return _split("last", dataset, future)


def best_split(dataset: Dataset, share: float, least_learners: int) -> Split:
    """Split at one moment; where that leaves too few learners to measure, hold out each one's last."""
    by_time = split_by_time(dataset, share)
    return by_time if len(by_time.learners) >= least_learners else split_last(dataset)


def _split(name: str, dataset: Dataset, future: Array) -> Split:
    shape = (len(dataset.users), len(dataset.items))
    past = ~future
    seen = np.bincount(dataset.item_of[past], minlength=shape[1]) > 0
    judged = future & seen[dataset.item_of] if len(future) else future
    pairs = (dataset.user_of[judged], dataset.item_of[judged])
    held_out = sp.csr_matrix((np.ones(int(judged.sum()), dtype=np.float32), pairs), shape=shape)
    user_of = dataset.user_of[past]
    train = replace(
        dataset,
        user_of=user_of,
        item_of=dataset.item_of[past],
        at=dataset.at[past],
        weight=dataset.weight[past],
        starts=starts_of(user_of, shape[0]),
        completed=sp.csr_matrix(shape, dtype=np.float32),
    )
    return Split(name, train, held_out, np.flatnonzero(np.diff(held_out.indptr)))
