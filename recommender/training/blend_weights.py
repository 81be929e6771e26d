"""The weights of a model's scorers, and how co-occurrence is made, chosen on the newest past of a training."""

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
from recommender.models.assembly import cooccurrence_links, train
from recommender.models.blend import scorers_of, standard_scores, standardise, weights_of
from recommender.models.lightfm import Progress
from recommender.models.linear import Links
from recommender.models.trained_model import ALONE, TrainedModel
from recommender.training.validation import MIN_LEARNERS, Quality, Validation

Array = np.ndarray[Any, np.dtype[Any]]
MOST_ITEMS_TO_TRY = 5_000
RECENCIES = (0.5, 0.75, 1.0, 1.5)
REGULARISATIONS = (50.0, 250.0)
STEPS = 10
MIN_LIGHTFM_STEPS = 2
FIRST_BLEND: Mapping[str, float] = {LIGHTFM: 0.7, COOCCURRENCE: 0.2, TRANSITIONS: 0.1}
AUC_LEEWAY = 0.002


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of a validation: settings, the weights of the scorers, and the numbers behind them."""

    settings: TrainingSettings
    blend: Mapping[str, float]
    validation: Mapping[str, Any]


def choose_blend(split: Split, settings: TrainingSettings, progress: Progress = lambda line: None) -> Choice:
    """Choose weights for the blend, and how co-occurrence is made.

    LightFM alone answers where no blend beats it, or where there are too few learners to judge by.
    """
    if len(split.learners) < MIN_LEARNERS:
        return Choice(settings, ALONE, {"learners": len(split.learners)})
    progress(f"choosing the blend on {len(split.learners)} learners")
    try:
        model = train(split.train, settings, progress)
    except TooLittleDataError:
        return Choice(settings, ALONE, {"learners": len(split.learners)})
    return _choose(_with_weights(model, FIRST_BLEND), split)


def _choose(model: TrainedModel, split: Split) -> Choice:
    validation = Validation(split)
    scores = _standard_scores(model, split.train, validation)
    alone = _quality(model, ALONE, scores, validation)
    settings, scores[COOCCURRENCE] = _best_cooccurrence(model, scores, split.train, validation)
    weights, quality = _best_weights(model, scores, validation, alone)
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
    model: TrainedModel, scores: Mapping[str, Array], past: Dataset, validation: Validation
) -> tuple[TrainingSettings, Array]:
    """Return the settings of the best co-occurrence, judged within the first blend, and its scores."""
    best, best_ndcg = (model.settings, scores[COOCCURRENCE]), -1.0
    for settings, values in _cooccurrences(model, past, validation):
        ndcg = _quality(model, FIRST_BLEND, {**scores, COOCCURRENCE: values}, validation).ndcg
        if ndcg > best_ndcg:
            best, best_ndcg = (settings, values), ndcg
    return best


def _cooccurrences(
    model: TrainedModel, past: Dataset, validation: Validation
) -> Iterator[tuple[TrainingSettings, Array]]:
    """Yield ways to make the co-occurrence with its standardised scores, the given settings first."""
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
    model: TrainedModel, scores: Mapping[str, Array], validation: Validation, alone: Quality
) -> tuple[Mapping[str, float], Quality]:
    """Return the weights with the best NDCG whose AUC is no lower than that of LightFM alone, or else ALONE."""
    best: tuple[Mapping[str, float], Quality] = (ALONE, alone)
    for weights in _grid():
        quality = _quality(model, weights, scores, validation)
        if quality.ndcg > best[1].ndcg and quality.auc >= alone.auc - AUC_LEEWAY:
            best = (weights, quality)
    return best


def _grid() -> Iterator[Mapping[str, float]]:
    """Yield weights in tenths that add up to 1, LightFM with at least two of them."""
    for lightfm in range(STEPS - 1, MIN_LIGHTFM_STEPS - 1, -1):
        for transitions in range(STEPS - lightfm + 1):
            rest = STEPS - lightfm - transitions
            yield {LIGHTFM: lightfm / STEPS, COOCCURRENCE: rest / STEPS, TRANSITIONS: transitions / STEPS}


def _quality(
    model: TrainedModel, weights: Mapping[str, float], scores: Mapping[str, Array], validation: Validation
) -> Quality:
    """Measure a blend of scores that are standardised already: only the weights change from one to the next."""
    weighted = _with_weights(model, weights)
    total = np.zeros_like(scores[LIGHTFM])
    for name, values in scores.items():
        total += weights_of(weighted, name) * values
    return validation.measure(total)


def _with_weights(model: TrainedModel, weights: Mapping[str, float]) -> TrainedModel:
    return replace(model, facts={**model.facts, "blend": dict(weights)})
