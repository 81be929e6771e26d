"""Learner states: the recency-weighted items a learner took before, which LightFM is trained on.

Each interaction becomes one training row whose user features are the items before it and the learner's side
features. So a new event, or a new learner, needs no retraining: only a new row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset import Dataset

Array = np.ndarray[Any, np.dtype[Any]]


def history_weights(length: int, settings: TrainingSettings) -> Array:
    """Return the weights of `length` past items, the newest first: decay^age over (their sum)^damping."""
    if length == 0:
        return np.zeros(0, dtype=np.float32)
    weights = np.power(np.float64(settings.decay), np.arange(length))
    damped: Array = (weights / weights.sum() ** settings.damping).astype(np.float32)
    return damped


def training_rows(dataset: Dataset, settings: TrainingSettings) -> Array:
    """Return the positions of the interactions to train on: each learner's newest, up to the limit."""
    counts = np.diff(dataset.starts)
    age = np.repeat(dataset.starts[1:], counts) - np.arange(len(dataset.item_of))
    return np.flatnonzero(age <= settings.learner_interactions)


def state_matrix(dataset: Dataset, rows: Array, settings: TrainingSettings) -> sp.csr_matrix:
    """Return one row per interaction: what the learner had taken before it, beside the side features."""
    starts = dataset.starts[dataset.user_of[rows]]
    history = _history_matrix(dataset, rows, rows - starts, settings)
    side = dataset.side[dataset.user_of[rows]] * np.float32(settings.side_weight)
    return sp.hstack([history, side], format="csr", dtype=np.float32)


def current_states(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return one row per learner: the state after everything known."""
    ends = dataset.starts[1:]
    history = _history_matrix(dataset, ends, np.diff(dataset.starts), settings)
    side = dataset.side * np.float32(settings.side_weight)
    return sp.hstack([history, side], format="csr", dtype=np.float32)


def _history_matrix(
    dataset: Dataset, ends: Array, available: Array, settings: TrainingSettings
) -> sp.csr_matrix:
    """Weigh, for each row, the items before position `end` of the interactions, `available` at most."""
    lengths = np.minimum(available, settings.history)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    age = np.arange(indptr[-1]) - np.repeat(indptr[:-1], lengths)
    items = dataset.item_of[np.repeat(ends, lengths) - 1 - age]
    tables = [history_weights(length, settings) for length in range(settings.history + 1)]
    data = np.concatenate([np.zeros(0, dtype=np.float32), *(tables[length] for length in lengths)])
    return sp.csr_matrix((data, items, indptr), shape=(len(ends), len(dataset.items)))
