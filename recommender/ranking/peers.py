"""How much two learners can help each other: sqrt(need x know, both ways) x (.5 + likeness).

Most similar people know the same things; a good peer knows what this learner needs next, and the other way
round. Pure functions over a trained model of U learners, I items and D dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.dataset.sparse import line_of
from recommender.models.trained_model import TrainedModel

Array = np.ndarray[Any, np.dtype[Any]]

NEEDED_ITEMS = 30
KNOWN_ITEMS = 50
SMOOTHING = 5.0
SHORTLIST = 2000
SPREAD_ITEMS = 1000
LOAD_WEIGHT = 0.3
CLEAR_NEED = 1.0
"""Deviations above the mean of a learner's scores from which on an item counts as needed."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks for peers: `need` (I, 0 where nothing is needed), positions of items `taken`, the `state` (D)."""

    need: Array
    taken: Array
    state: Array


@dataclass(frozen=True, slots=True)
class Match:
    """For each of U learners, from 0 to 1: `helps` the asker, `helped` by the asker, and how alike they are."""

    helps: Array
    helped: Array
    likeness: Array


def need_of(scores: Array, candidates: Array) -> Array:
    """Return what is needed (I): the squares of the best scores (in deviations) among the candidates."""
    need = np.zeros(len(scores), dtype=np.float32)
    chosen = np.flatnonzero(candidates & (scores > 0))
    if len(chosen) > NEEDED_ITEMS:
        chosen = chosen[np.argpartition(-scores[chosen], NEEDED_ITEMS)[:NEEDED_ITEMS]]
    need[chosen] = scores[chosen] ** 2
    return need


class Matcher:
    """Matches all learners of a model with one who asks; what is the same for all who ask is counted once."""

    def __init__(self, model: TrainedModel) -> None:
        self._model = model
        self._breadth = np.sqrt(np.diff(model.known.indptr) + SMOOTHING)
        self._lengths = np.sqrt(np.einsum("ij,ij->i", model.user_embeddings, model.user_embeddings))
        self._mean_item, self._covariance = _spread_of_items(model)

    def match(self, asker: Asker) -> Match:
        """Match every learner; how much is `helped` is counted for the best 2,000 only."""
        helps = share(self._knowledge(asker.need))
        likeness = self._likeness(asker.state)
        chosen = _best(helps * (0.5 + likeness), SHORTLIST)
        helped = np.zeros(len(self._model.users), dtype=np.float32)
        if len(asker.taken) and len(chosen):
            helped[chosen] = share(self._needs(chosen, asker.taken[-KNOWN_ITEMS:]))
        return Match(helps, helped, likeness)

    def _knowledge(self, need: Array) -> Array:
        """Return how much of the need each learner knows; who took everything is no expert in it."""
        knows = np.zeros(len(self._model.users), dtype=np.float32)
        for item in np.flatnonzero(need):
            knows[takers(self._model, int(item))] += need[item]
        return np.asarray(knows / self._breadth)

    def _needs(self, learners: Array, taken: Array) -> Array:
        """Return how much each of these learners needs what was taken and they do not know."""
        users = self._model.user_embeddings[learners]
        mean, deviation = self._spread_of_scores(users)
        raw = users @ self._model.item_embeddings[taken].T + self._model.item_biases[taken]
        clear = np.maximum((raw - mean[:, None]) / deviation[:, None] - CLEAR_NEED, 0)
        return np.asarray((np.square(clear) * _unknown(self._model, learners, taken)).sum(axis=1))

    def _spread_of_scores(self, users: Array) -> tuple[Array, Array]:
        """Return mean and deviation of learners' scores over the items."""
        extended = np.hstack([users, np.ones((len(users), 1), dtype=np.float32)])
        variance = ((extended @ self._covariance) * extended).sum(axis=1)
        return extended @ self._mean_item, np.sqrt(np.maximum(variance, 1e-12))

    def _likeness(self, state: Array) -> Array:
        """Return the cosine with each learner, from 0 for unlike to 1."""
        product = self._model.user_embeddings @ state
        lengths = self._lengths * np.linalg.norm(state)
        cosine = np.divide(product, lengths, out=np.zeros_like(product), where=lengths > 0)
        return np.asarray(np.clip(cosine, 0, 1))


def mutual(match: Match, *, both_ways: bool = True) -> Array:
    """Return one score from 0 to 1 for each learner; for who took nothing yet only what others know counts."""
    helps = np.sqrt(match.helps * match.helped) if both_ways else match.helps
    return np.asarray(helps * (0.5 + match.likeness) / 1.5)


def spread_load(scores: Array, shown: Array, cap: int) -> Array:
    """Return the scores lowered by up to 30 % for who is shown to many already; 0 from `cap` learners on."""
    return np.asarray(np.where(shown >= cap, 0.0, scores * (1 - LOAD_WEIGHT * shown / cap)))


def share(values: Array) -> Array:
    """Divide by the largest value; nothing but 0 stays so."""
    most = values.max(initial=0.0)
    return np.asarray(values / most if most > 0 else np.zeros_like(values))


def _unknown(model: TrainedModel, learners: Array, taken: Array) -> Array:
    places = np.full(len(model.users), -1)
    places[learners] = np.arange(len(learners))
    unknown = np.ones((len(learners), len(taken)), dtype=bool)
    for column, item in enumerate(taken):
        known = places[takers(model, int(item))]
        unknown[known[known >= 0], column] = False
    return unknown


def _spread_of_items(model: TrainedModel) -> tuple[Array, Array]:
    """Return mean and covariance of the items' vectors and biases (of some 1,000 items where there are more)."""
    some = np.unique(np.linspace(0, len(model.items) - 1, SPREAD_ITEMS).astype(np.int64))
    items = np.hstack([model.item_embeddings[some], model.item_biases[some, None]])
    return items.mean(axis=0), np.cov(items, rowvar=False, bias=True, dtype=np.float32)


def _best(values: Array, number: int) -> Array:
    chosen = np.flatnonzero(values > 0)
    if len(chosen) > number:
        chosen = chosen[np.argpartition(-values[chosen], number)[:number]]
    return np.asarray(chosen)


def takers(model: TrainedModel, item: int) -> Array:
    """Return the positions of the learners who took or completed the item."""
    return line_of(model.takers, item)[0]
