"""Fitting a model: the weights of its blend are picked on the newest past, then everything is trained on all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import COOCCURRENCE, LIGHTFM, TRANSITIONS, past_matrix
from recommender.errors import TooLittleDataError
from recommender.metrics.splits import Split
from recommender.models.blend import scorers_of, standard_scores, standardise, weights_of
from recommender.models.lightfm import Progress, cooccurrence_links, train, train_with_state
from recommender.models.lightfm_state import LightFMState
from recommender.models.linear import Links
from recommender.models.trained_model import ALONE, TrainedModel
from recommender.training.validation import LEAST_LEARNERS, Quality, Validation, validation_split

Array = np.ndarray[Any, np.dtype[Any]]
MOST_ITEMS_TO_TRY = 5_000
RECENCIES = (0.5, 0.75, 1.0, 1.5)
REGULARISATIONS = (50.0, 250.0)
STEPS = 10
LEAST_LIGHTFM = 2
FIRST_BLEND: Mapping[str, float] = {LIGHTFM: 0.7, COOCCURRENCE: 0.2, TRANSITIONS: 0.1}
AUC_LEEWAY = 0.002


@dataclass(frozen=True, slots=True)
class Choice:
    """What a validation chose: settings, the weights of the scorers, and the numbers that say why."""

    settings: TrainingSettings
    blend: Mapping[str, float]
    validation: Mapping[str, Any]


def fit(dataset: Dataset, settings: TrainingSettings, progress: Progress = lambda line: None) -> TrainedModel:
    """Choose on the newest past, then train on all; raise TooLittleDataError."""
    return train_chosen(dataset, choose(validation_split(dataset), settings, progress), progress)


def train_chosen(dataset: Dataset, choice: Choice, progress: Progress = lambda line: None) -> TrainedModel:
    """Train every scorer and blend them as chosen; the choice is kept in the model's facts."""
    return train_chosen_with_state(dataset, choice, progress)[0]


def train_chosen_with_state(
    dataset: Dataset, choice: Choice, progress: Progress = lambda line: None
) -> tuple[TrainedModel, LightFMState]:
    """Train as `train_chosen` does; return also what a refresh goes on from."""
    model, state = train_with_state(dataset, choice.settings, progress)
    chosen = {"blend": dict(choice.blend), "validation": dict(choice.validation)}
    return replace(model, facts={**model.facts, **chosen}), state


def choose(split: Split, settings: TrainingSettings, progress: Progress = lambda line: None) -> Choice:
    """Choose weights for the blend, and how co-occurrence is made; LightFM alone where nothing beats it.

    With too few learners to judge by, it is LightFM alone too.
    """
    if len(split.learners) < LEAST_LEARNERS:
        return Choice(settings, ALONE, {"learners": len(split.learners)})
    progress(f"choosing the blend on {len(split.learners)} learners")
    try:
        model = train(split.train, settings, progress)
    except TooLittleDataError:
        return Choice(settings, ALONE, {"learners": len(split.learners)})
    return _choose(_blended(model, FIRST_BLEND), split)


def _choose(model: TrainedModel, split: Split) -> Choice:
    validation = Validation(split)
    known = _standard_scores(model, split.train, validation)
    alone = _quality(model, ALONE, known, validation)
    settings, known[COOCCURRENCE] = _best_cooccurrence(model, known, split.train, validation)
    weights, quality = _best_weights(model, known, validation, alone)
    numbers = {
        "learners": len(validation.users),
        "lightfm_ndcg": round(alone.ndcg, 6),
        "lightfm_auc": round(alone.auc, 6),
        "blend_ndcg": round(quality.ndcg, 6),
        "blend_auc": round(quality.auc, 6),
    }
    return Choice(settings, weights, numbers)


def _standard_scores(model: TrainedModel, past: Dataset, validation: Validation) -> dict[str, Array]:
    pasts = {name: past_matrix(past, name, model.settings)[validation.users] for name in scorers_of(model)}
    side = past.side[validation.users]
    found = standard_scores(model, pasts, side, validation.candidates)
    return {name: standard.values for name, standard in found.items()}


def _best_cooccurrence(
    model: TrainedModel, known: Mapping[str, Array], past: Dataset, validation: Validation
) -> tuple[TrainingSettings, Array]:
    """Return the settings of the best co-occurrence, judged in the first blend, with its scores."""
    best, best_ndcg = (model.settings, known[COOCCURRENCE]), -1.0
    for settings, values in _cooccurrences(model, past, validation):
        ndcg = _quality(model, FIRST_BLEND, {**known, COOCCURRENCE: values}, validation).ndcg
        if ndcg > best_ndcg:
            best, best_ndcg = (settings, values), ndcg
    return best


def _cooccurrences(
    model: TrainedModel, past: Dataset, validation: Validation
) -> Iterator[tuple[TrainingSettings, Array]]:
    """Yield ways to make the co-occurrence with its standardised scores, the settings' own first."""
    own = model.settings
    few = len(past.items) <= min(MOST_ITEMS_TO_TRY, own.ease_items)
    for regularisation in dict.fromkeys((own.ease_regularisation, *(REGULARISATIONS if few else ()))):
        tried = replace(own, ease_regularisation=regularisation)
        links = model.cooccurrence if tried == own else cooccurrence_links(past, tried)
        for recency in dict.fromkeys((own.recency, *RECENCIES)):
            settings = replace(tried, recency=recency)
            rows = past_matrix(past, COOCCURRENCE, settings)[validation.users]
            yield settings, standardise(Links(links).scores(rows), validation.candidates).values


def _best_weights(
    model: TrainedModel, known: Mapping[str, Array], validation: Validation, alone: Quality
) -> tuple[Mapping[str, float], Quality]:
    """Return the weights of the best NDCG that do not cost AUC; those of LightFM alone if none is better."""
    best: tuple[Mapping[str, float], Quality] = (ALONE, alone)
    for weights in _grid():
        quality = _quality(model, weights, known, validation)
        if quality.ndcg > best[1].ndcg and quality.auc >= alone.auc - AUC_LEEWAY:
            best = (weights, quality)
    return best


def _grid() -> Iterator[Mapping[str, float]]:
    """Yield weights in tenths that add up to 1, LightFM with at least two."""
    for lightfm in range(STEPS - 1, LEAST_LIGHTFM - 1, -1):
        for transitions in range(STEPS - lightfm + 1):
            rest = STEPS - lightfm - transitions
            yield {LIGHTFM: lightfm / STEPS, COOCCURRENCE: rest / STEPS, TRANSITIONS: transitions / STEPS}


def _quality(
    model: TrainedModel, weights: Mapping[str, float], known: Mapping[str, Array], validation: Validation
) -> Quality:
    weighed = _blended(model, weights)
    total = np.zeros_like(known[LIGHTFM])
    for name, values in known.items():
        total += weights_of(weighed, name) * values
    return validation.measure(total)


def _blended(model: TrainedModel, weights: Mapping[str, float]) -> TrainedModel:
    return replace(model, facts={**model.facts, "blend": dict(weights)})
