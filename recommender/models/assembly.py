"""Trains every scorer of a model and assembles them into one TrainedModel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import current_states, training_rows
from recommender.errors import TooLittleDataError
from recommender.models.cold_items import cold_items, lend_links, lend_vectors, lenders
from recommender.models.cooccurrence import cooccurrence
from recommender.models.lightfm import Progress, fit_lightfm, item_matrix
from recommender.models.lightfm_state import LightFMState
from recommender.models.trained_model import COMPLETED, NEWEST, TrainedModel
from recommender.models.transitions import transitions
from recommender.models.trends import decayed_counts

Array = np.ndarray[Any, np.dtype[Any]]
SEGMENTS = ("team:", "role:", "skill:")
FEATURE = "feature:"


def train(
    dataset: Dataset, settings: TrainingSettings, progress: Progress = lambda line: None
) -> TrainedModel:
    """Train every scorer of a model; the same data, settings and seed give the same arrays.

    LightFM alone answers until blend weights are chosen (recommender/training/choosing.py).
    """
    return train_with_state(dataset, settings, progress)[0]


def train_with_state(
    dataset: Dataset, settings: TrainingSettings, progress: Progress = lambda line: None
) -> tuple[TrainedModel, LightFMState]:
    """Train as `train` does; also return the state that `continue_training` starts from."""
    rows = training_rows(dataset, settings)
    if len(rows) == 0 or len(dataset.items) < 2:
        raise TooLittleDataError(
            f"There are {len(rows)} interactions with {len(dataset.items)} nuggets to train on; "
            "post Statements with completed, passed, liked, shared, ... about at least two nuggets first."
        )
    state = fit_lightfm(dataset, rows, settings, progress)
    return assemble(dataset, state, settings), state


def continue_training(
    dataset: Dataset,
    rows: Array,
    earlier: tuple[TrainedModel, LightFMState],
    settings: TrainingSettings,
    progress: Progress = lambda line: None,
) -> tuple[TrainedModel, LightFMState]:
    """Train an earlier model for `settings.epochs` more, on some interactions (their positions) of a newer dataset.

    That applies to LightFM; co-occurrence and transitions are built from all interactions again.
    """
    model, state = earlier
    old_names = _lightfm_names(model.items, model.side_names, model.feature_names)
    new_names = _lightfm_names(dataset.items, dataset.side_names, dataset.features.names)
    grown = state.grown(old_names, new_names, settings.seed)
    later = fit_lightfm(dataset, rows, settings, progress, grown)
    return assemble(dataset, later, settings), later


def assemble(dataset: Dataset, state: LightFMState, settings: TrainingSettings) -> TrainedModel:
    """Return the model that a trained LightFM and the interactions of the dataset give."""
    segments, segment_popularity = _segment_popularity(dataset)
    popularity = np.bincount(dataset.item_of, minlength=len(dataset.items)).astype(np.float32)
    return TrainedModel(
        items=dataset.items,
        side_names=dataset.side_names,
        segments=segments,
        users=dataset.users,
        languages=dataset.item_languages,
        popularity=popularity,
        recent_counts=_counts(dataset, settings.recent_half_life_s),
        trend_counts=_counts(dataset, settings.trend_half_life_s),
        segment_popularity=segment_popularity,
        known=_known(dataset),
        feature_names=dataset.features.names,
        feature_rarity=dataset.features.rarity,
        features=dataset.item_features,
        settings=settings,
        facts=_facts(dataset),
        **_item_parts(state, dataset, popularity, settings),
        **_user_parts(state, dataset, settings),
        cooccurrence=cooccurrence_links(dataset, settings),
        transitions=transitions(dataset, training_rows(dataset, settings), settings.neighbours),
    )


def cooccurrence_links(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return what is taken together (I x I links); cold items get the links of similar items."""
    rows = training_rows(dataset, settings)
    pairs = (dataset.user_of[rows], dataset.item_of[rows])
    shape = (len(dataset.users), len(dataset.items))
    taken = sp.csr_matrix((np.ones(len(rows), dtype=np.float32), pairs), shape=shape)
    taken.data[:] = 1
    popularity = np.bincount(dataset.item_of, minlength=len(dataset.items))
    cold = cold_items(dataset.item_features, popularity, settings.cold_below)
    shares = lenders(dataset.item_features, cold, meanings=dataset.item_meanings)
    return lend_links(cooccurrence(taken, settings), shares, cold, settings.neighbours)


def _lightfm_names(
    items: Sequence[str], side_names: Sequence[str], feature_names: Sequence[str]
) -> dict[str, list[str]]:
    """Name LightFM's features of users and of items; the prefix tells a feature from an item of the same name."""
    return {
        "user": [*items, *(FEATURE + name for name in side_names)],
        "item": [*items, *(FEATURE + name for name in feature_names)],
    }


def _item_parts(
    state: LightFMState, dataset: Dataset, popularity: Array, settings: TrainingSettings
) -> dict[str, Any]:
    """Multiply the features into the items' vectors; items nobody took keep neither their identity nor a bias.

    Cold items get the vectors of similar items.
    """
    items, width = item_matrix(dataset, settings), len(dataset.items)
    used = np.concatenate([popularity > 0, _touched(state, "item")[width:]])
    vectors = np.asarray(items @ _zero_untrained(state.arrays["item_embeddings"], used), dtype=np.float32)
    cold = cold_items(dataset.item_features, popularity, settings.cold_below)
    shares = lenders(dataset.item_features, cold, meanings=dataset.item_meanings)
    biases = items @ state.arrays["item_biases"]
    return {
        "item_embeddings": np.ascontiguousarray(lend_vectors(vectors, shares, cold)),
        "item_biases": np.where(popularity > 0, biases, 0).astype(np.float32),
    }


def _user_parts(state: LightFMState, dataset: Dataset, settings: TrainingSettings) -> dict[str, Any]:
    """Separate the vectors of past items from those of side features; untrained ones are zero."""
    parts = _zero_untrained(state.arrays["user_embeddings"], _touched(state, "user"))
    width = len(dataset.items)
    return {
        "history_embeddings": parts[:width].copy(),
        "side_embeddings": parts[width:].copy(),
        "user_embeddings": np.asarray(current_states(dataset, settings) @ parts, dtype=np.float32),
    }


def _touched(state: LightFMState, side: str) -> Array:
    """Return a mask of the features that any gradient reached: adagrad sums squares, starting at 1."""
    return np.asarray((state.arrays[f"{side}_embedding_gradients"] > 1).any(axis=1))


def _zero_untrained(embeddings: Array, used: Array) -> Array:
    """Set what no interaction trained to zero, because LightFM leaves it at its random start."""
    return np.where(used[:, None], embeddings, 0).astype(np.float32)


def _facts(dataset: Dataset) -> dict[str, int]:
    return {
        "learners": len(dataset.users),
        "nuggets": len(dataset.items),
        "interactions": len(dataset.item_of),
        NEWEST: int(dataset.at.max(initial=0)),
    }


def _counts(dataset: Dataset, half_life_s: float) -> Array:
    """Return the decayed counts of the items just after the newest interaction."""
    end = np.array([dataset.at.max(initial=0) + 1])
    return np.asarray(decayed_counts(dataset.item_of, dataset.at, len(dataset.items), end, half_life_s)[0])


def _known(dataset: Dataset) -> sp.csr_matrix:
    known = dataset.taken()
    known.data[:] = 1
    completed = dataset.completed * COMPLETED
    return known.maximum(completed).tocsr().astype(np.uint8)


def _segment_popularity(dataset: Dataset) -> tuple[tuple[str, ...], sp.csr_matrix]:
    chosen = [position for position, name in enumerate(dataset.side_names) if name.startswith(SEGMENTS)]
    members = dataset.side[:, chosen]
    members.data[:] = 1
    popularity = (members.T @ dataset.taken()).tocsr().astype(np.float32)
    return tuple(dataset.side_names[position] for position in chosen), popularity
