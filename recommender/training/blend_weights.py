"""The weights of a model's scorers, how co-occurrence is made, and what newcomers get, chosen on the newest past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import COOCCURRENCE, LIGHTFM, TRANSITIONS, past_matrix
from recommender.errors import TooLittleDataError
from recommender.metrics.splits import Split
from recommender.models.assembly import cooccurrence_links, train
from recommender.models.blend import (
    lightfm_scorer,
    newcomer_scorer,
    scorers_of,
    standard_scores,
    standardise,
    weights_of,
)
from recommender.models.lightfm import Progress
from recommender.models.linear import Links
from recommender.models.trained_model import ALONE, POPULARITY, TrainedModel
from recommender.training.validation import MIN_LEARNERS, Quality, Validation, with_a_past, without_a_past

Array = np.ndarray[Any, np.dtype[Any]]
MOST_ITEMS_TO_TRY = 5_000
RECENCIES = (0.5, 0.75, 1.0, 1.5)
REGULARISATIONS = (50.0, 250.0)
STEPS = 10
MIN_LIGHTFM_STEPS = 2
FIRST_BLEND: Mapping[str, float] = {LIGHTFM: 0.7, COOCCURRENCE: 0.2, TRANSITIONS: 0.1}
SINGLE: tuple[Mapping[str, float], ...] = (ALONE, {COOCCURRENCE: 1.0}, {TRANSITIONS: 1.0})
AUC_LEEWAY = 0.002


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of a validation: settings, weights, what newcomers get, and the numbers behind them."""

    settings: TrainingSettings
    blend: Mapping[str, float]
    validation: Mapping[str, Any]
    newcomers: str = POPULARITY

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the manifest of a model keeps of it."""
        return {
            "blend": dict(self.blend),
            "newcomers": self.newcomers,
            "validation": dict(self.validation),
        }


def choose_blend(split: Split, settings: TrainingSettings, progress: Progress = lambda line: None) -> Choice:
    """Choose weights for the blend, how co-occurrence is made, and what newcomers get.

    The weights are judged by learners with a past, as nothing else is scored with them; no blend is chosen that is
    worse than one of its scorers. With too few learners to judge by, LightFM answers alone.
    """
    known = with_a_past(split)
    if len(known.learners) < MIN_LEARNERS:
        return Choice(settings, ALONE, {"learners": len(known.learners)})
    progress(f"choosing the blend on {len(known.learners)} learners")
    try:
        model = train(split.train, settings, progress)
    except TooLittleDataError:
        return Choice(settings, ALONE, {"learners": len(known.learners)})
    choice = _choose(_with_weights(model, FIRST_BLEND), known)
    if LIGHTFM in choice.blend:
        choice = _with_newcomers(choice, model, split)
    progress(describe(choice.facts))
    return choice


def describe(facts: Mapping[str, Any]) -> str:
    """Say what the facts of a model hold of its choice, beside what each scorer reaches alone; empty for none."""
    validation = facts.get("validation", {})
    if "blend_ndcg" not in validation:
        return ""
    weights = " ".join(f"{name} {weight:g}" for name, weight in facts["blend"].items() if weight)
    alone = ", ".join(f"{name} {validation[f'{name}_ndcg']:.4f}" for (name,) in SINGLE)
    return (
        f"blend: {weights}; NDCG {validation['blend_ndcg']:.4f} on {validation['learners']} learners "
        f"(alone: {alone}); newcomers: {facts['newcomers']}"
    )


def _choose(model: TrainedModel, split: Split) -> Choice:
    validation = Validation(split)
    scores = _standard_scores(model, split.train, validation)
    settings, scores[COOCCURRENCE] = _best_cooccurrence(model, scores, split.train, validation)
    single = [_quality(model, weights, scores, validation) for weights in SINGLE]
    weights, quality = _best_weights(model, scores, validation, single)
    alone = {f"{name}_ndcg": round(one.ndcg, 6) for (name,), one in zip(SINGLE, single, strict=True)}
    numbers = {
        "learners": len(validation.users),
        **alone,
        "lightfm_auc": round(single[0].auc, 6),
        "blend_ndcg": round(quality.ndcg, 6),
        "blend_auc": round(quality.auc, 6),
    }
    return Choice(settings, weights, numbers)


def _with_newcomers(choice: Choice, model: TrainedModel, split: Split) -> Choice:
    """Choose what learners without a past get: what is popular in their segments, or what LightFM says of them."""
    newcomers = without_a_past(split)
    if len(newcomers.learners) < MIN_LEARNERS:
        return choice
    validation = Validation(newcomers)
    makers = {POPULARITY: newcomer_scorer, LIGHTFM: lightfm_scorer}
    found = {
        name: validation.measure(make(model, split.train)(validation.users)).ndcg
        for name, make in makers.items()
    }
    numbers = {f"newcomers_{name}_ndcg": round(ndcg, 6) for name, ndcg in found.items()}
    best = max(found, key=lambda name: found[name])
    return replace(choice, newcomers=best, validation={**choice.validation, **numbers})


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
    model: TrainedModel, scores: Mapping[str, Array], validation: Validation, single: Sequence[Quality]
) -> tuple[Mapping[str, float], Quality]:
    """Return the weights with the best NDCG whose AUC is no lower than that of LightFM alone.

    Where one scorer alone has a better NDCG, it answers alone. What is not clearly better than LightFM alone is
    likely to be worse on what comes next: then LightFM answers alone.
    """
    alone = single[0]
    best: tuple[Mapping[str, float], Quality] = (ALONE, alone)
    for weights in _grid():
        quality = _quality(model, weights, scores, validation)
        if quality.ndcg > best[1].ndcg and quality.auc >= alone.auc - AUC_LEEWAY:
            best = (weights, quality)
    best_single = max(zip(SINGLE, single, strict=True), key=lambda one: one[1].ndcg)
    best = best_single if best_single[1].ndcg > best[1].ndcg else best
    return best if best[1].is_clearly_better(alone) else (ALONE, alone)


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
