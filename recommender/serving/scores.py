"""Scores as sums of terms: each thing known of the learner adds its own part, which later explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.dataset import side_weights
from recommender.interactions.history import History
from recommender.model import TrainedModel
from recommender.states import history_weights
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
SEGMENT_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the score: `kind` is history, side, popularity or segment; `values` has one entry per item."""

    kind: str
    name: str
    values: Array
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of every item, z-scored over the candidates: exactly the sum of the terms."""

    values: Array
    terms: tuple[Term, ...]
    state: Array


def score_learner(model: TrainedModel, history: History, features: UserFeatures, candidates: Array) -> Scores:
    """Score all items for a learner; one without any event gets what is popular, first in the own segment."""
    past = _past(model, history)
    vectors = [*_history_vectors(model, past), *_side_vectors(model, features)]
    state = np.sum([vector for *_, vector in vectors], axis=0, initial=0.0) + np.zeros(_width(model))
    terms = _cold_terms(model, features) if not past else _warm_terms(model, vectors)
    return _standardise(terms, candidates, state.astype(np.float32))


def _past(model: TrainedModel, history: History) -> list[tuple[int, str]]:
    """Return position and verb of the items that make up the state, the newest first.

    Who took nothing yet is known by what was looked at.
    """
    for acts in (history.positives, history.glances):
        known = [(model.item_index[act.item], act.verb) for act in acts if act.item in model.item_index]
        if known:
            return known[::-1][: model.settings.history]
    return []


_Vector = tuple[str, str, str, Array]


def _history_vectors(model: TrainedModel, past: Sequence[tuple[int, str]]) -> list[_Vector]:
    weights = history_weights(len(past), model.settings)
    return [
        ("history", model.items[position], verb, weight * model.history_embeddings[position])
        for (position, verb), weight in zip(past, weights, strict=True)
    ]


def _side_vectors(model: TrainedModel, features: UserFeatures) -> list[_Vector]:
    scale = model.settings.side_weight
    return [
        ("side", name, "", scale * weight * model.side_embeddings[model.side_index[name]])
        for name, weight in side_weights(features).items()
        if name in model.side_index
    ]


def _warm_terms(model: TrainedModel, vectors: Sequence[_Vector]) -> list[Term]:
    parts = np.stack([vector for *_, vector in vectors]) @ model.item_embeddings.T
    terms = [
        Term(kind, name, values, verb) for (kind, name, verb, _), values in zip(vectors, parts, strict=True)
    ]
    return [*terms, Term("popularity", "", model.item_biases)]


def _cold_terms(model: TrainedModel, features: UserFeatures) -> list[Term]:
    terms = [Term("popularity", "", _spread(np.log1p(model.popularity)))]
    for name, weight in side_weights(features).items():
        if name in model.segment_index:
            line = model.segment_popularity[model.segment_index[name]]
            popular = np.asarray(line.todense()).ravel()
            terms.append(Term("segment", name, SEGMENT_WEIGHT * weight * _spread(np.log1p(popular))))
    return terms


def _spread(values: Array) -> Array:
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else np.zeros_like(values)


def _standardise(terms: Sequence[Term], candidates: Array, state: Array) -> Scores:
    """Centre each term over the candidates and divide by the deviation of their sum."""
    total = np.sum([term.values for term in terms], axis=0)
    deviation = float(total[candidates].std()) if candidates.any() else 0.0
    scale = 1.0 / deviation if deviation > 0 else 1.0
    centred = tuple(
        Term(term.kind, term.name, (term.values - _mean(term.values[candidates])) * scale, term.verb)
        for term in terms
    )
    return Scores(np.sum([term.values for term in centred], axis=0), centred, state)


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0


def _width(model: TrainedModel) -> int:
    return int(model.item_embeddings.shape[1])
