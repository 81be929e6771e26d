"""Training with LightFM (Kula 2015) on learner states; the only file that imports it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.model import COMPLETED, TrainedModel
from recommender.states import current_states, state_matrix, training_rows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lightfm import LightFM

Array = np.ndarray[Any, np.dtype[Any]]
EPOCHS_PER_REPORT = 5
SEGMENTS = ("team:", "role:", "skill:")


def train(
    dataset: Dataset, settings: TrainingSettings, progress: Callable[[str], None] = lambda line: None
) -> TrainedModel:
    """Train a WARP model on one thread, so that the same data, settings and seed give the same arrays."""
    rows = training_rows(dataset, settings)
    if len(rows) == 0 or len(dataset.items) < 2:
        raise TooLittleDataError(
            f"There are {len(rows)} interactions with {len(dataset.items)} nuggets to train on; "
            "post Statements with completed, passed, liked, shared, ... about at least two nuggets first."
        )
    states = state_matrix(dataset, rows, settings)
    items = item_matrix(dataset, settings)
    fitted = _fit(dataset, rows, states, items, settings, progress)
    return _model(dataset, states, items, fitted, settings)


def item_matrix(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return items x (items + features): each item's identity beside its weighted features."""
    identity = sp.identity(len(dataset.items), dtype=np.float32, format="csr")
    features = dataset.item_features * np.float32(settings.item_feature_weight)
    return sp.hstack([identity, features], format="csr", dtype=np.float32)


def _fit(
    dataset: Dataset,
    rows: Array,
    states: sp.csr_matrix,
    items: sp.csr_matrix,
    settings: TrainingSettings,
    progress: Callable[[str], None],
) -> LightFM:
    shape = (len(rows), len(dataset.items))
    order = np.arange(len(rows), dtype=np.int32)
    taken = sp.coo_matrix((np.ones(len(rows), dtype=np.float32), (order, dataset.item_of[rows])), shape=shape)
    weights = sp.coo_matrix((dataset.weight[rows], (order, dataset.item_of[rows])), shape=shape)
    fitted = _untrained(settings)
    for done in range(0, settings.epochs, EPOCHS_PER_REPORT):
        step = min(EPOCHS_PER_REPORT, settings.epochs - done)
        fitted.fit_partial(
            taken,
            user_features=states,
            item_features=items,
            sample_weight=weights,
            epochs=step,
            num_threads=1,
        )
        progress(f"epoch {done + step} of {settings.epochs}")
    return fitted


def _untrained(settings: TrainingSettings) -> LightFM:
    return LightFM(
        no_components=settings.dimensions,
        loss="warp",
        learning_rate=settings.learning_rate,
        max_sampled=settings.max_sampled,
        random_state=settings.seed,
    )


def _model(
    dataset: Dataset, states: sp.csr_matrix, items: sp.csr_matrix, fitted: LightFM, settings: TrainingSettings
) -> TrainedModel:
    width = len(dataset.items)
    known = _known(dataset)
    item_parts = _zero_untrained(fitted.item_embeddings, _used_items(dataset, width, items.shape[1]))
    user_parts = _zero_untrained(fitted.user_embeddings, np.asarray((states != 0).sum(axis=0)).ravel() > 0)
    segments, segment_popularity = _segment_popularity(dataset)
    return TrainedModel(
        items=dataset.items,
        side_names=dataset.side_names,
        segments=segments,
        users=dataset.users,
        languages=dataset.item_languages,
        item_embeddings=np.ascontiguousarray(items @ item_parts, dtype=np.float32),
        item_biases=np.asarray(items @ fitted.item_biases, dtype=np.float32),
        history_embeddings=user_parts[:width].copy(),
        side_embeddings=user_parts[width:].copy(),
        popularity=np.bincount(dataset.item_of, minlength=width).astype(np.float32),
        segment_popularity=segment_popularity,
        user_embeddings=np.asarray(current_states(dataset, settings) @ user_parts, dtype=np.float32),
        known=known,
        settings=settings,
        facts=_facts(dataset),
    )


def _facts(dataset: Dataset) -> dict[str, int]:
    return {
        "learners": len(dataset.users),
        "nuggets": len(dataset.items),
        "interactions": len(dataset.item_of),
        "newest_interaction_us": int(dataset.at.max()) if len(dataset.at) else 0,
    }


def _known(dataset: Dataset) -> sp.csr_matrix:
    known = dataset.taken()
    known.data[:] = 1
    completed = dataset.completed * COMPLETED
    return known.maximum(completed).tocsr().astype(np.uint8)


def _used_items(dataset: Dataset, width: int, total: int) -> Array:
    used = np.ones(total, dtype=bool)
    used[:width] = np.bincount(dataset.item_of, minlength=width) > 0
    return used


def _zero_untrained(embeddings: Array, used: Array) -> Array:
    """Set what no interaction ever trained to zero: LightFM leaves it at its random start."""
    return np.where(used[:, None], embeddings, 0).astype(np.float32)


def _segment_popularity(dataset: Dataset) -> tuple[tuple[str, ...], sp.csr_matrix]:
    chosen = [position for position, name in enumerate(dataset.side_names) if name.startswith(SEGMENTS)]
    members = dataset.side[:, chosen]
    members.data[:] = 1
    popularity = (members.T @ dataset.taken()).tocsr().astype(np.float32)
    return tuple(dataset.side_names[position] for position in chosen), popularity
