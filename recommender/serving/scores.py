"""Scores as sums of terms: each thing known of the learner adds its own part, which later explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.blend import (
    blend,
    newcomer_parts,
    scorers_of,
    standard_scores,
    standardise,
    weight_of,
)
from recommender.dataset import side_weights
from recommender.interactions.history import History
from recommender.model import TrainedModel
from recommender.scorers.linear import PastLinks
from recommender.states import LIGHTFM, LONGEST_PAST, past_weights
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Term:
    """What one thing known adds to the score of one item: `kind` is history, side, popularity or segment.

    `name` is the Activity id (history), the side feature (`team:red`) or empty; `verb` what was done with it. A
    history term holds what all scorers of the blend make of that item.
    """

    kind: str
    name: str
    value: float
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of every item, in deviations above the mean of the candidates.

    `past` are the Activity ids that make up the score, the newest first, `state` is LightFM's representation of the
    learner. `terms_of(position)` gives the terms of one item, in no order; their sum is exactly its score. They are
    counted only when asked for, so ask for the few items that are shown.
    """

    values: Array
    state: Array
    past: tuple[str, ...]
    terms_of: Callable[[int], tuple[Term, ...]]


def score_learner(model: TrainedModel, history: History, features: UserFeatures, candidates: Array) -> Scores:
    """Score all items for a learner; one without any event gets what is popular, first in the own segment."""
    past = _past(model, history)
    side = {name: one for name, one in side_weights(features).items() if name in model.side_index}
    evidence = _Evidence(model, past, side, candidates)
    if not past:
        return _score_newcomer(evidence, side_weights(features))
    pasts = {name: evidence.past_row(name) for name in scorers_of(model)}
    scores = standard_scores(model, pasts, evidence.side_row(), candidates[None, :])
    total = standardise(blend(model, scores), candidates[None, :])
    values, scale = total.values[0], float(total.scale[0, 0])
    scales = {name: scale * float(standard.scale[0, 0]) for name, standard in scores.items()}
    return Scores(
        values=values,
        state=evidence.state(),
        past=tuple(model.items[position] for position, _ in past),
        terms_of=lambda item: evidence.terms_of(item, scales, float(values[item])),
    )


def _past(model: TrainedModel, history: History) -> list[tuple[int, str]]:
    """Return position and verb of the items that make up the score, the newest first.

    Who took nothing yet is known by what was looked at.
    """
    for acts in (history.positives, history.glances):
        known = [(model.item_index[act.item], act.verb) for act in acts if act.item in model.item_index]
        if known:
            return known[::-1][: max(LONGEST_PAST, model.settings.history)]
    return []


@dataclass(frozen=True, slots=True)
class _Share:
    weights: Array
    links: PastLinks
    means: Array


class _Evidence:
    """What is known of one learner: past items, the newest first, and side features with their weights."""

    def __init__(
        self,
        model: TrainedModel,
        past: Sequence[tuple[int, str]],
        side: Mapping[str, float],
        candidates: Array,
    ) -> None:
        self.model = model
        self.candidates = candidates
        self._past = past
        self._positions = np.array([position for position, _ in past], dtype=np.int64)
        self._side = side
        self._shares: dict[str, _Share] = {}

    def past_row(self, scorer: str) -> sp.csr_matrix:
        """Return 1 x items: how much each past item counts for a scorer."""
        weights = past_weights(scorer, len(self._past), self.model.settings)
        return _row(weights, self._positions[: len(weights)], len(self.model.items))

    def side_row(self) -> sp.csr_matrix:
        """Return 1 x side names: the weights of the side features."""
        positions = np.array([self.model.side_index[name] for name in self._side], dtype=np.int64)
        weights = np.array(list(self._side.values()), dtype=np.float32)
        return _row(weights, positions, len(self.model.side_names))

    def state(self) -> Array:
        """Return LightFM's representation of the learner."""
        model = self.model
        side = (self.side_row() @ model.side_embeddings) * np.float32(model.settings.side_weight)
        state: Array = np.asarray(self.past_row(LIGHTFM) @ model.history_embeddings + side)[0]
        return state

    def terms_of(self, item: int, scales: Mapping[str, float], score: float) -> tuple[Term, ...]:
        """Tell apart the score of one item; what belongs to no history or side feature is popularity."""
        factors = {name: scale * weight_of(self.model, name, item) for name, scale in scales.items()}
        values = self._history_values(item, {name: factor for name, factor in factors.items() if factor})
        told = [
            Term("history", self.model.items[position], float(value), verb)
            for (position, verb), value in zip(self._past, values, strict=True)
        ]
        told += [
            Term("side", name, factors[LIGHTFM] * value) for name, value in self._side_values(item).items()
        ]
        rest = score - sum(term.value for term in told)
        return (*told, Term("popularity", "", rest))

    def _history_values(self, item: int, factors: Mapping[str, float]) -> Array:
        values = np.zeros(len(self._past))
        for name, factor in factors.items():
            share = self._share(name)
            values[: len(share.weights)] += factor * share.weights * (share.links.to(item) - share.means)
        return values

    def _share(self, name: str) -> _Share:
        """Return what a scorer makes of the past; counted only once."""
        if name not in self._shares:
            weights = past_weights(name, len(self._past), self.model.settings)
            links = scorers_of(self.model)[name].of_past(self._positions[: len(weights)])
            self._shares[name] = _Share(weights, links, links.mean(self.candidates))
        return self._shares[name]

    @cached_property
    def _mean_item(self) -> Array:
        share = self.candidates.astype(np.float32) / max(1, int(self.candidates.sum()))
        return np.asarray(share @ self.model.item_embeddings)

    def _side_values(self, item: int) -> dict[str, float]:
        model = self.model
        direction = (model.item_embeddings[item] - self._mean_item) * model.settings.side_weight
        return {
            name: float(weight * (model.side_embeddings[model.side_index[name]] @ direction))
            for name, weight in self._side.items()
        }


def _score_newcomer(evidence: _Evidence, side: Mapping[str, float]) -> Scores:
    """Score by what is popular, and what is popular in the learner's segments."""
    weights = {"": 1.0, **side}
    parts = {
        name: weights[name] * values
        for name, values in newcomer_parts(evidence.model).items()
        if name in weights
    }
    candidates = evidence.candidates[None, :]
    total = standardise(np.sum(list(parts.values()), axis=0)[None, :], candidates)
    means = {name: standardise(values[None, :], candidates).mean[0, 0] for name, values in parts.items()}

    def terms_of(item: int) -> tuple[Term, ...]:
        scale = float(total.scale[0, 0])
        return tuple(
            Term("segment" if name else "popularity", name, scale * float(values[item] - means[name]))
            for name, values in parts.items()
        )

    return Scores(total.values[0], evidence.state(), (), terms_of)


def _row(weights: Array, positions: Array, width: int) -> sp.csr_matrix:
    return sp.csr_matrix((weights, positions, [0, len(positions)]), shape=(1, width))
