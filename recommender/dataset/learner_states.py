"""Learner states: the recency-weighted items a learner took before, which LightFM is trained on.

Each interaction becomes one training row whose user features are the items before it and the learner's side
features. A new event or a new learner therefore needs only a new row, and no training. The other scorers of a model
read the same past, each with weights of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset

Array = np.ndarray[Any, np.dtype[Any]]
LIGHTFM, COOCCURRENCE, TRANSITIONS, CONTENT = "lightfm", "cooccurrence", "transitions", "content"
LONGEST_PAST = 50
LAST_STEPS, STEP_FADING = 3, 0.5
ROWS_AT_ONCE = 50_000


def past_weights(scorer: str, length: int, settings: TrainingSettings) -> Array:
    """Return the weights that a scorer gives to `length` past items, the newest first; older ones have none."""
    if scorer == LIGHTFM:
        return history_weights(min(length, settings.history), settings)
    if scorer == TRANSITIONS:
        steps: Array = np.power(STEP_FADING, np.arange(min(length, LAST_STEPS)), dtype=np.float32)
        return steps
    ranks = np.arange(1, min(length, LONGEST_PAST) + 1)
    faded: Array = np.power(ranks, -settings.recency, dtype=np.float32)
    return faded


def history_weights(length: int, settings: TrainingSettings) -> Array:
    """Return the weights of `length` past items, the newest first: rank^-fading over (their sum)^damping.

    With damping 1 the weights of every learner have the same sum; with 0 the sum grows with the history.
    """
    if length == 0:
        return np.zeros(0, dtype=np.float32)
    weights = np.power(np.arange(1, length + 1), -np.float64(settings.fading))
    damped: Array = (weights / weights.sum() ** settings.damping).astype(np.float32)
    return damped


def training_rows(dataset: Dataset, settings: TrainingSettings) -> Array:
    """Return the positions of the interactions to train on: each learner's newest, up to the limit."""
    counts = np.diff(dataset.starts)
    age = np.repeat(dataset.starts[1:], counts) - np.arange(len(dataset.item_of))
    return np.flatnonzero(age <= settings.learner_interactions)


def state_matrix(dataset: Dataset, rows: Array, settings: TrainingSettings) -> sp.csr_matrix:
    """Return one row per interaction: what the learner had taken before it, then the side features.

    The largest matrix of a training is filled block by block: made at once, it would need several times its memory.
    """
    available = rows - dataset.starts[dataset.user_of[rows]]
    sides = np.diff(dataset.side.indptr)[dataset.user_of[rows]]
    entries = int(np.minimum(available, settings.history).sum() + sides.sum())
    data, indices = np.empty(entries, dtype=np.float32), np.empty(entries, dtype=np.int32)
    lengths = [np.zeros(1, dtype=np.int64)]
    filled = 0
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = _states(dataset, rows[start : start + ROWS_AT_ONCE], settings)
        end = filled + block.nnz
        data[filled:end], indices[filled:end] = block.data, block.indices
        lengths.append(np.diff(block.indptr))
        filled = end
    indptr = np.cumsum(np.concatenate(lengths))
    width = len(dataset.items) + len(dataset.side_names)
    return sp.csr_matrix((data, indices, indptr), shape=(len(rows), width))


def _states(dataset: Dataset, rows: Array, settings: TrainingSettings) -> sp.csr_matrix:
    starts = dataset.starts[dataset.user_of[rows]]
    history = _history_matrix(dataset, rows, rows - starts, LIGHTFM, settings)
    side = dataset.side[dataset.user_of[rows]] * np.float32(settings.side_weight)
    return sp.hstack([history, side], format="csr", dtype=np.float32)


def current_states(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return one row per learner: the state after everything known."""
    side = dataset.side * np.float32(settings.side_weight)
    return sp.hstack([past_matrix(dataset, LIGHTFM, settings), side], format="csr", dtype=np.float32)


def past_matrix(dataset: Dataset, scorer: str, settings: TrainingSettings) -> sp.csr_matrix:
    """Return one row per learner: how much each item taken counts now for a scorer."""
    return _history_matrix(dataset, dataset.starts[1:], np.diff(dataset.starts), scorer, settings)


def _history_matrix(
    dataset: Dataset, ends: Array, available: Array, scorer: str, settings: TrainingSettings
) -> sp.csr_matrix:
    """Weigh, for each row, the items before position `end` of the interactions, `available` at most.

    The matrix is built from its own arrays (indptr, indices, data), all rows at once: a loop over the rows would
    take most of the training time.
    """
    most = int(available.max(initial=0))
    tables = [past_weights(scorer, length, settings) for length in range(most + 1)]
    lengths = np.array([len(table) for table in tables], dtype=np.int64)[available]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    age = np.arange(indptr[-1]) - np.repeat(indptr[:-1], lengths)  # 0, 1, 2, ... steps back within each row
    items = dataset.item_of[np.repeat(ends, lengths) - 1 - age]
    data = np.concatenate([np.zeros(0, dtype=np.float32), *(tables[length] for length in available)])
    return sp.csr_matrix((data, items, indptr), shape=(len(ends), len(dataset.items)))
