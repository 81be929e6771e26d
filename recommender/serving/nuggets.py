"""What a learner should look at next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrs.activities import find_definitions
from lrs.auth.stores import Store
from recommender.serving.candidates import candidate_mask, settled_items
from recommender.serving.current import RunningModel
from recommender.serving.explanations import POPULAR, Explainer
from recommender.serving.learners import Learner, find_learner
from recommender.serving.ranking import rank
from recommender.serving.scores import score_learner
from recommender.serving.service import Serving


@dataclass(frozen=True, slots=True)
class NuggetRecommendation:
    """A nugget with its definition, its place (from 1), its score (deviations above the mean) and why."""

    activity: str
    definition: Mapping[str, Any]
    rank: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NuggetAnswer:
    """The recommendations, best first, and the version of the model that made them (None: popularity)."""

    model: int | None
    recommendations: tuple[NuggetRecommendation, ...]


def recommend_nuggets(serving: Serving, store: Store, identifier: str, limit: int) -> NuggetAnswer:
    """Recommend nuggets to the learner with this identifier; who was never seen gets the popular ones."""
    learner = find_learner(serving.database, store.id, identifier, serving.settings.learner_rows)
    running = serving.models.find(store.id)
    if running is None:
        return _recommend_popular(serving, store, learner, limit)
    return _recommend_with_model(serving, store, learner, running, limit)


def _recommend_with_model(
    serving: Serving, store: Store, learner: Learner, running: RunningModel, limit: int
) -> NuggetAnswer:
    model = running.model
    candidates = candidate_mask(model, learner)
    scores = score_learner(model, learner.history, learner.features, candidates)
    chosen = [int(position) for position in rank(scores.values, candidates, model.popularity, limit)]
    activities = [model.items[position] for position in chosen]
    past = [term.name for term in scores.terms if term.kind == "history"]
    definitions = find_definitions(serving.database, store.id, [*activities, *past])
    explainer = Explainer(model, scores, learner.features, definitions)
    found = [
        NuggetRecommendation(
            model.items[position],
            definitions.get(model.items[position], {}),
            place,
            round(float(scores.values[position]), 4),
            explainer.explain(position),
        )
        for place, position in enumerate(chosen, start=1)
    ]
    return NuggetAnswer(running.version, tuple(found))


def _recommend_popular(serving: Serving, store: Store, learner: Learner, limit: int) -> NuggetAnswer:
    settled = settled_items(learner.history)
    popular = [pair for pair in serving.popular.find(store.id) if pair[0] not in settled]
    scores = _popularity_scores([learners for _, learners in popular])
    chosen = [item for item, _ in popular[:limit]]
    definitions = find_definitions(serving.database, store.id, chosen)
    found = [
        NuggetRecommendation(item, definitions.get(item, {}), place, score, (POPULAR,))
        for place, (item, score) in enumerate(zip(chosen, scores, strict=False), start=1)
    ]
    return NuggetAnswer(None, tuple(found))


def _popularity_scores(learners: Sequence[float]) -> list[float]:
    logs = np.log1p(np.array(learners, dtype=np.float64))
    deviation = float(logs.std()) if len(logs) else 0.0
    centred = (logs - logs.mean()) / deviation if deviation > 0 else np.zeros_like(logs)
    return [round(float(value), 4) for value in centred]
