"""A model brought up to date with what is new only, in a fraction of the time of a training on everything.

Between two trainings the next request knows the last Statement anyway; what a refresh adds is what others did since:
new nuggets get vectors of their own, and what is taken together and after what is counted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset, starts_of
from recommender.dataset.features import FeatureSpace
from recommender.dataset.learner_states import training_rows
from recommender.metrics.measure import measure_learners
from recommender.metrics.report import list_length
from recommender.metrics.splits import Split, split_marked
from recommender.models.baselines import Scorer
from recommender.models.blend import blended_scorer
from recommender.models.lightfm import Progress, continue_training
from recommender.models.lightfm_state import SIDES, LightFMState, regrown
from recommender.models.trained_model import TrainedModel

Array = np.ndarray[Any, np.dtype[Any]]
EPOCHS = 5
MOST_LEARNERS = 2000
FEATURE = "feature:"


@dataclass(frozen=True, slots=True)
class Check:
    """How a refreshed model and the one before it rank the newest interactions, which neither was trained on."""

    learners: int
    refreshed_ndcg: float
    running_ndcg: float

    def is_good(self, tolerance: float) -> bool:
        """Tell whether the refreshed one is not worse by more than the tolerance."""
        return self.refreshed_ndcg >= (1 - tolerance) * self.running_ndcg


def new_rows(dataset: Dataset, model: TrainedModel) -> Array:
    """Return the positions of the interactions (in the dataset) that a model was not trained on."""
    users = np.array([model.user_index.get(user, -1) for user in dataset.users], dtype=np.int64)[
        dataset.user_of
    ]
    items = np.array([model.item_index.get(item, -1) for item in dataset.items], dtype=np.int64)[
        dataset.item_of
    ]
    fresh = (users < 0) | (items < 0)
    known = np.zeros(len(fresh), dtype=bool)
    pairs = model.known[users[~fresh], items[~fresh]]
    known[~fresh] = np.asarray(pairs).ravel() > 0
    return np.flatnonzero(~known)


def refresh(
    dataset: Dataset,
    model: TrainedModel,
    state: LightFMState,
    rows: Array | None = None,
    progress: Progress = lambda line: None,
) -> tuple[TrainedModel, LightFMState]:
    """Go on from a model on the interactions it does not know (or `rows`) for five epochs; its blend stays.

    Return the refreshed model and what the next refresh goes on from.
    """
    rows = new_rows(dataset, model) if rows is None else rows
    settings = replace(model.settings, epochs=EPOCHS)
    trainable = np.intersect1d(rows, training_rows(dataset, settings))
    grown = grow(state, model, dataset, settings)
    refreshed, later = continue_training(dataset, trainable, grown, settings, progress)
    facts = {**model.facts, **refreshed.facts}
    return replace(refreshed, settings=model.settings, facts=facts), later


def grow(
    state: LightFMState, model: TrainedModel, dataset: Dataset, settings: TrainingSettings
) -> LightFMState:
    """Return a state with rows for the dataset's items, side names and features, in their order."""
    old = {"user": _names(model.items, model.side_names), "item": _names(model.items, model.feature_names)}
    new = {
        "user": _names(dataset.items, dataset.side_names),
        "item": _names(dataset.items, dataset.features.names),
    }
    arrays: dict[str, Array] = {}
    for side in SIDES:
        arrays |= regrown(state, side, old[side], new[side], settings.seed)
    return LightFMState(arrays)


def check(
    dataset: Dataset, model: TrainedModel, state: LightFMState, k: int, progress: Progress = lambda line: None
) -> Check:
    """Refresh without the newest interaction of every other learner with a new one; rank it with both models."""
    rows = new_rows(dataset, model)
    fresh, newest = np.zeros((2, len(dataset.item_of)), dtype=bool)
    fresh[rows] = True
    newest[rows[np.diff(dataset.user_of[rows], append=-1) != 0][::2]] = True
    split = _at_most(split_marked(dataset, newest), MOST_LEARNERS)
    refreshed, _ = refresh(split.train, model, state, np.flatnonzero(fresh[~newest]), progress)
    length = list_length(k, len(dataset.items))
    scorers = (blended_scorer(refreshed, split.train), earlier_scorer(model, split.train))
    ndcg = [measure_learners("", scorer, split, length).mean("ndcg") for scorer in scorers]
    return Check(len(split.learners), round(ndcg[0], 6), round(ndcg[1], 6))


def earlier_scorer(model: TrainedModel, dataset: Dataset) -> Scorer:
    """Score the learners and items of a dataset with a model trained before; items it does not know come last."""
    place = np.array([model.item_index.get(item, -1) for item in dataset.items], dtype=np.int64)
    blended = blended_scorer(model, _in_terms_of(model, dataset, place))

    def scorer(users: Array) -> Array:
        known = blended(users)
        scores = np.tile(known.min(axis=1, keepdims=True) - 1, (1, len(place)))
        scores[:, place >= 0] = known[:, place[place >= 0]]
        return np.asarray(scores)

    return scorer


def _in_terms_of(model: TrainedModel, dataset: Dataset, place: Array) -> Dataset:
    """Return the dataset with the items and side names of a model, without what that does not know."""
    kept = place[dataset.item_of] >= 0
    user_of = dataset.user_of[kept]
    sides = {name: position for position, name in enumerate(dataset.side_names)}
    pairs = [(sides[name], column) for column, name in enumerate(model.side_names) if name in sides]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    shape = (len(sides), len(model.side_names))
    renamed = sp.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    return replace(
        dataset,
        items=model.items,
        user_of=user_of,
        item_of=place[dataset.item_of][kept].astype(np.int32),
        at=dataset.at[kept],
        weight=dataset.weight[kept],
        starts=starts_of(user_of, len(dataset.users)),
        completed=sp.csr_matrix((len(dataset.users), len(model.items)), dtype=np.float32),
        item_features=model.features,
        side=(dataset.side @ renamed).tocsr(),
        side_names=model.side_names,
        item_languages=model.languages,
        features=FeatureSpace(model.feature_names, model.feature_rarity),
    )


def _at_most(split: Split, learners: int) -> Split:
    chosen = np.linspace(0, len(split.learners) - 1, min(learners, len(split.learners))).astype(np.int64)
    return replace(split, learners=split.learners[chosen])


def _names(past: Sequence[str], features: Sequence[str]) -> list[str]:
    return [*past, *(FEATURE + name for name in features)]
