"""Takes erased people out of a kept model: the learner's row, the learner's posts, and features nobody else has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import all_features
from recommender.dataset.features import user_feature_names
from recommender.errors import RecommenderError
from recommender.models import registry
from recommender.models.trained_model import TrainedModel
from recommender.storage import models
from recommender.storage.erased import find_erased

Array = np.ndarray[Any, np.dtype[Any]]
Kept = Mapping[str, Array]


def forget_erased(database: Database, store: StoreId) -> int:
    """Rewrite each kept model that holds somebody erased; return how many. One that does not load is retired."""
    versions = [manifest.version for manifest in registry.list_models(database, store)]
    return sum(forget_in(database, store, version) for version in versions)


def forget_in(database: Database, store: StoreId, version: int) -> bool:
    """Rewrite one version if it holds somebody erased; return whether it did."""
    try:
        model = registry.load(database, store, version)
        state = registry.load_state(database, store, version, model)
    except RecommenderError:
        models.retire_version(database, store, version)
        return True
    kept = _kept(database, store, model)
    if kept is None:
        return False
    smaller = state.restricted(_sides(kept)) if state else None
    registry.rewrite(database, store, version, model.restricted(kept), smaller)
    return True


def _kept(database: Database, store: StoreId, model: TrainedModel) -> Kept | None:
    """Return the masks of what stays; None if all of it does."""
    users = _without(model.users, find_erased(database, store, "persona", model.users))
    items = _without(model.items, find_erased(database, store, "activity", model.items))
    if users.all() and items.all():
        return None
    had = np.asarray((model.features != 0).sum(axis=0)).ravel() > 0
    has = np.asarray((model.features[items] != 0).sum(axis=0)).ravel() > 0
    side_names = _side_names(database, store)
    return {
        "users": users,
        "items": items,
        "feature_names": has | ~had,
        "side_names": _among(model.side_names, side_names),
        "segments": _among(model.segments, side_names),
    }


def _side_names(database: Database, store: StoreId) -> set[str]:
    """Return the side features that learners have who were not erased."""
    features = {str(persona): one for persona, one in all_features(database, store).items()}
    gone = find_erased(database, store, "persona", list(features))
    return {
        name for persona, one in features.items() if persona not in gone for name in user_feature_names(one)
    }


def _sides(kept: Kept) -> dict[str, Array]:
    return {
        "user": np.concatenate([kept["items"], kept["side_names"]]),
        "item": np.concatenate([kept["items"], kept["feature_names"]]),
    }


def _without(names: Collection[str], gone: Collection[str]) -> Array:
    return np.array([one not in gone for one in names], dtype=bool)


def _among(names: Collection[str], kept: Collection[str]) -> Array:
    return np.array([one in kept for one in names], dtype=bool)
