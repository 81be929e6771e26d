"""Training: LightFM (Kula 2015) on learner states, and the scorers beside it; only this file imports LightFM."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import current_states, state_matrix, training_rows
from recommender.errors import TooLittleDataError
from recommender.models.cold_items import cold_items, lend_links, lend_vectors, lenders
from recommender.models.cooccurrence import cooccurrence
from recommender.models.lightfm_state import ARRAYS, SIDES, LightFMState
from recommender.models.pruning import largest_of_sparse
from recommender.models.trained_model import COMPLETED, TrainedModel
from recommender.models.transitions import transitions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lightfm import LightFM

Array = np.ndarray[Any, np.dtype[Any]]
EPOCHS_PER_REPORT = 5
SEGMENTS = ("team:", "role:", "skill:")


Progress = Callable[[str], None]


def train(
    dataset: Dataset, settings: TrainingSettings, progress: Progress = lambda line: None
) -> TrainedModel:
    """Train every scorer of a model; the same data, settings and seed give the same arrays (LightFM: one thread).

    LightFM alone answers: the weights of a blend are picked in recommender/training/fit.py.
    """
    return train_with_state(dataset, settings, progress)[0]


def train_with_state(
    dataset: Dataset, settings: TrainingSettings, progress: Progress = lambda line: None
) -> tuple[TrainedModel, LightFMState]:
    """Train as `train` does; return also what `continue_training` goes on from."""
    rows = training_rows(dataset, settings)
    if len(rows) == 0 or len(dataset.items) < 2:
        raise TooLittleDataError(
            f"There are {len(rows)} interactions with {len(dataset.items)} nuggets to train on; "
            "post Statements with completed, passed, liked, shared, ... about at least two nuggets first."
        )
    fitted = _fit(_untrained(settings), dataset, rows, settings, progress)
    return _model(dataset, fitted, settings), _state(fitted)


def continue_training(
    dataset: Dataset,
    rows: Array,
    state: LightFMState,
    settings: TrainingSettings,
    progress: Progress = lambda line: None,
) -> tuple[TrainedModel, LightFMState]:
    """Go on from a state that was grown to the dataset, on some of its interactions (their positions) only.

    LightFM learns for `settings.epochs` more; co-occurrence and transitions are made anew from all interactions.
    """
    fitted = _untrained(settings)
    for name, array in state.arrays.items():
        setattr(fitted, name, array.copy())
    for side in SIDES:
        for part in ("embedding", "bias"):
            zero = np.zeros_like(getattr(fitted, f"{side}_{part}_gradients"))
            setattr(fitted, f"{side}_{part}_momentum", zero)
    fitted = _fit(fitted, dataset, rows, settings, progress)
    return _model(dataset, fitted, settings), _state(fitted)


def _state(fitted: LightFM) -> LightFMState:
    return LightFMState({name: getattr(fitted, name) for name in ARRAYS})


def item_matrix(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return items x (items + features): each item's identity beside its weighted features."""
    identity = sp.identity(len(dataset.items), dtype=np.float32, format="csr")
    features = _trained_features(dataset.item_features, settings) * np.float32(settings.item_feature_weight)
    return sp.hstack([identity, features], format="csr", dtype=np.float32)


def _fit(
    fitted: LightFM, dataset: Dataset, rows: Array, settings: TrainingSettings, progress: Progress
) -> LightFM:
    states, items = state_matrix(dataset, rows, settings), item_matrix(dataset, settings)
    shape = (len(rows), len(dataset.items))
    order = np.arange(len(rows), dtype=np.int32)
    taken = sp.coo_matrix((np.ones(len(rows), dtype=np.float32), (order, dataset.item_of[rows])), shape=shape)
    weights = sp.coo_matrix((dataset.weight[rows], (order, dataset.item_of[rows])), shape=shape)
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


def _model(dataset: Dataset, fitted: LightFM, settings: TrainingSettings) -> TrainedModel:
    width = len(dataset.items)
    items = item_matrix(dataset, settings)
    taken = np.bincount(dataset.item_of, minlength=width).astype(np.float32)
    segments, segment_popularity = _segment_popularity(dataset)
    return TrainedModel(
        items=dataset.items,
        side_names=dataset.side_names,
        segments=segments,
        users=dataset.users,
        languages=dataset.item_languages,
        popularity=taken,
        segment_popularity=segment_popularity,
        known=_known(dataset),
        feature_names=dataset.features.names,
        feature_rarity=dataset.features.rarity,
        features=dataset.item_features,
        settings=settings,
        facts=_facts(dataset),
        **_item_parts(fitted, items, dataset.item_features, taken, settings),
        **_user_parts(fitted, current_states(dataset, settings), width),
        cooccurrence=cooccurrence_links(dataset, settings),
        transitions=transitions(dataset, training_rows(dataset, settings), settings.neighbours),
    )


def _trained_features(features: sp.csr_matrix, settings: TrainingSettings) -> sp.csr_matrix:
    """Return the features that LightFM learns: an epoch gets 5 to 12 times slower with many.

    Those of very few items go, then of each item all but the rarest.
    """
    least = min(8, max(2, features.shape[0] // 50))
    common = np.asarray((features != 0).sum(axis=0)).ravel() >= least
    return largest_of_sparse(
        (features @ sp.diags(common.astype(np.float32))).tocsr(), settings.trained_features
    )


def cooccurrence_links(dataset: Dataset, settings: TrainingSettings) -> sp.csr_matrix:
    """Return what is taken together (I x I links); items that hardly anybody took get those of items alike."""
    rows = training_rows(dataset, settings)
    pairs = (dataset.user_of[rows], dataset.item_of[rows])
    shape = (len(dataset.users), len(dataset.items))
    taken = sp.csr_matrix((np.ones(len(rows), dtype=np.float32), pairs), shape=shape)
    taken.data[:] = 1
    popularity = np.bincount(dataset.item_of, minlength=len(dataset.items))
    cold = cold_items(dataset.item_features, popularity, settings.cold_below)
    shares = lenders(dataset.item_features, cold)
    return lend_links(cooccurrence(taken, settings), shares, cold, settings.neighbours)


def _item_parts(
    fitted: LightFM, items: sp.csr_matrix, features: sp.csr_matrix, taken: Array, settings: TrainingSettings
) -> dict[str, Any]:
    """Multiply features into the items; what nobody took keeps neither its identity nor a bias.

    Cold items get the vectors of those alike.
    """
    touched = (fitted.item_embedding_gradients > 1).any(axis=1)
    used = np.concatenate([taken > 0, touched[len(taken) :]])
    vectors = np.asarray(items @ _zero_untrained(fitted.item_embeddings, used), dtype=np.float32)
    cold = cold_items(features, taken, settings.cold_below)
    return {
        "item_embeddings": np.ascontiguousarray(lend_vectors(vectors, lenders(features, cold), cold)),
        "item_biases": np.where(taken > 0, items @ fitted.item_biases, 0).astype(np.float32),
    }


def _user_parts(fitted: LightFM, current: sp.csr_matrix, width: int) -> dict[str, Any]:
    """Set apart the vectors of past items and of side features; those of which no gradient ever came are zero."""
    parts = _zero_untrained(fitted.user_embeddings, (fitted.user_embedding_gradients > 1).any(axis=1))
    return {
        "history_embeddings": parts[:width].copy(),
        "side_embeddings": parts[width:].copy(),
        "user_embeddings": np.asarray(current @ parts, dtype=np.float32),
    }


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


def _zero_untrained(embeddings: Array, used: Array) -> Array:
    """Set what no interaction ever trained to zero: LightFM leaves it at its random start."""
    return np.where(used[:, None], embeddings, 0).astype(np.float32)


def _segment_popularity(dataset: Dataset) -> tuple[tuple[str, ...], sp.csr_matrix]:
    chosen = [position for position, name in enumerate(dataset.side_names) if name.startswith(SEGMENTS)]
    members = dataset.side[:, chosen]
    members.data[:] = 1
    popularity = (members.T @ dataset.taken()).tocsr().astype(np.float32)
    return tuple(dataset.side_names[position] for position in chosen), popularity


def train_on_ids(
    dataset: Dataset, dimensions: int, epochs: int, seed: int, features: sp.csr_matrix | None = None
) -> tuple[Array, Array, Array]:
    """Train LightFM as its textbook does, on learner ids, for comparison only.

    `features` (items x features) stand beside the items' identities, each row adding up to 1, as LightFM's
    own Dataset makes them. Return the vectors of the users and of the items, and the items' biases.
    """
    items = None
    if features is not None:
        identity = sp.identity(len(dataset.items), dtype=np.float32, format="csr")
        named = sp.hstack([identity, (features != 0).astype(np.float32)], format="csr")
        items = (sp.diags(1 / np.asarray(named.sum(axis=1)).ravel()) @ named).tocsr().astype(np.float32)
    fitted = LightFM(no_components=dimensions, loss="warp", random_state=seed)
    fitted.fit(dataset.taken().tocoo(), item_features=items, epochs=epochs, num_threads=1)
    biases, vectors = fitted.get_item_representations(items)
    return fitted.user_embeddings, vectors, biases
