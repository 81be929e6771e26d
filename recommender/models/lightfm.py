"""LightFM (Kula 2015) on learner states. No other module imports it: serving needs neither it nor a compiler."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import state_matrix
from recommender.models.lightfm_state import ARRAYS, SIDES, LightFMState
from recommender.models.pruning import largest_of_sparse

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lightfm import LightFM

Array = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], None]
"""Receives a line of text whenever a long job gets further."""
EPOCHS_PER_REPORT = 5


def fit_lightfm(
    dataset: Dataset,
    rows: Array,
    settings: TrainingSettings,
    progress: Progress = lambda line: None,
    earlier: LightFMState | None = None,
) -> LightFMState:
    """Train on the interactions at positions `rows`, from scratch or on top of an `earlier` state of the same shape.

    One thread only: the same data, settings and seed give the same arrays.
    """
    model = LightFM(
        no_components=settings.dimensions,
        loss="warp",
        learning_rate=settings.learning_rate,
        max_sampled=settings.max_sampled,
        random_state=settings.seed,
    )
    if earlier is not None:
        _restore(model, earlier)
    _run_epochs(model, dataset, rows, settings, progress)
    return LightFMState({name: getattr(model, name) for name in ARRAYS})


def item_matrix(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return items x (items + features): each item's identity next to its weighted features."""
    identity = sp.identity(len(dataset.items), dtype=np.float32, format="csr")
    features = _trained_features(dataset.item_features, settings) * np.float32(settings.item_feature_weight)
    return sp.hstack([identity, features], format="csr", dtype=np.float32)


class IdsModel:
    """LightFM as in its documentation, on learner ids; a baseline for the evaluation, trained epoch by epoch.

    `features` (items x features) stand next to the items' identities, each row adding up to 1, as LightFM's own
    Dataset makes them.
    """

    def __init__(
        self, dataset: Dataset, dimensions: int, seed: int, features: sp.csr_matrix | None = None
    ) -> None:
        self._taken = dataset.taken().tocoo()
        self._items = None if features is None else _default_features(features)
        self._model = LightFM(no_components=dimensions, loss="warp", random_state=seed)
        self._epochs = 0

    def train_until(self, epochs: int) -> tuple[Array, Array, Array]:
        """Train further; return the vectors of the users and of the items, and the items' biases."""
        self._model.fit_partial(
            self._taken, item_features=self._items, epochs=epochs - self._epochs, num_threads=1
        )
        self._epochs = epochs
        biases, vectors = self._model.get_item_representations(self._items)
        return self._model.user_embeddings.copy(), vectors.copy(), biases.copy()


def _default_features(features: sp.csr_matrix) -> sp.csr_matrix:
    identity = sp.identity(features.shape[0], dtype=np.float32, format="csr")
    named = sp.hstack([identity, (features != 0).astype(np.float32)], format="csr")
    return (sp.diags(1 / np.asarray(named.sum(axis=1)).ravel()) @ named).tocsr().astype(np.float32)


def _restore(model: LightFM, state: LightFMState) -> None:
    """Give an untrained LightFM everything that another one learned."""
    for name, array in state.arrays.items():
        setattr(model, name, array.copy())
    for side in SIDES:
        for part in ("embedding", "bias"):
            zero = np.zeros_like(getattr(model, f"{side}_{part}_gradients"))
            setattr(model, f"{side}_{part}_momentum", zero)


def _run_epochs(
    model: LightFM, dataset: Dataset, rows: Array, settings: TrainingSettings, progress: Progress
) -> None:
    states, items = state_matrix(dataset, rows, settings), item_matrix(dataset, settings)
    shape = (len(rows), len(dataset.items))
    # LightFM pairs interactions and weights entry by entry, so both list the training rows in the same order.
    order = np.arange(len(rows), dtype=np.int32)
    taken = sp.coo_matrix((np.ones(len(rows), dtype=np.float32), (order, dataset.item_of[rows])), shape=shape)
    weights = sp.coo_matrix((dataset.weight[rows], (order, dataset.item_of[rows])), shape=shape)
    for done in range(0, settings.epochs, EPOCHS_PER_REPORT):
        step = min(EPOCHS_PER_REPORT, settings.epochs - done)
        model.fit_partial(
            taken,
            user_features=states,
            item_features=items,
            sample_weight=weights,
            epochs=step,
            num_threads=1,
        )
        progress(f"epoch {done + step} of {settings.epochs}")


def _trained_features(features: sp.csr_matrix, settings: TrainingSettings) -> sp.csr_matrix:
    """Return the features that LightFM learns: an epoch takes 5 to 12 times as long with all of them.

    Features of very few items are dropped; then each item keeps only its rarest, which have the largest weights.
    """
    min_items = min(8, max(2, features.shape[0] // 50))
    common = np.asarray((features != 0).sum(axis=0)).ravel() >= min_items
    return largest_of_sparse(
        (features @ sp.diags(common.astype(np.float32))).tocsr(), settings.trained_features
    )
