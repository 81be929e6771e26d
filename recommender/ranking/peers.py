"""How much two learners can help each other: sqrt(need x knowledge, both ways) x (.5 + likeness).

The most similar people know the same things. A good peer knows what a learner needs next, and the other way round.
Pure functions over a trained model of U learners, I items and D dimensions; serving and evaluation use the same.
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
CLEAR_NEED = 1.0
"""Standard deviations above the mean of a learner's scores from which on an item counts as needed."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The learner who looks for peers.

    `need` (I) is 0 for items that are not needed, `taken` are the positions of items taken, the newest last, and
    `state` (D) is LightFM's vector of the learner.
    """

    need: Array
    taken: Array
    state: Array


@dataclass(frozen=True, slots=True)
class Match:
    """For each of U learners, from 0 to 1: how much the learner `helps` the asker, is `helped`, and the likeness."""

    helps: Array
    helped: Array
    likeness: Array


def need_of(scores: Array, candidates: Array) -> Array:
    """Return what is needed (I): the squares of the best 30 positive scores (standard deviations) of candidates."""
    need = np.zeros(len(scores), dtype=np.float32)
    chosen = np.flatnonzero(candidates & (scores > 0))
    if len(chosen) > NEEDED_ITEMS:
        chosen = chosen[np.argpartition(-scores[chosen], NEEDED_ITEMS)[:NEEDED_ITEMS]]
    need[chosen] = scores[chosen] ** 2  # squared, so that the few best items outweigh the many good ones
    return need


class Matcher:
    """Matches all learners of a model with an asker; whatever does not depend on the asker is computed once."""

    def __init__(self, model: TrainedModel) -> None:
        self._model = model
        self._breadth = np.sqrt(np.diff(model.known.indptr) + SMOOTHING)
        self._lengths = np.sqrt(np.einsum("ij,ij->i", model.user_embeddings, model.user_embeddings))
        self._mean_item, self._covariance = _spread_of_items(model)

    def match(self, asker: Asker) -> Match:
        """Match every learner; `helped` takes longer, so it is computed for the best 2,000 only."""
        helps = share(self._knowledge(asker.need))
        likeness = self._likeness(asker.state)
        chosen = _best(helps * (0.5 + likeness), SHORTLIST)
        helped = np.zeros(len(self._model.users), dtype=np.float32)
        if len(asker.taken) and len(chosen):
            helped[chosen] = share(self._needs(chosen, asker.taken[-KNOWN_ITEMS:]))
        return Match(helps, helped, likeness)

    def _knowledge(self, need: Array) -> Array:
        """Return how much of the need each learner knows."""
        knows = np.zeros(len(self._model.users), dtype=np.float32)
        for item in np.flatnonzero(need):
            knows[learners_who_took(self._model, int(item))] += need[item]
        # Over the square root of all that the learner took: having taken everything is not expertise in all of it.
        return np.asarray(knows / self._breadth)

    def _needs(self, learners: Array, taken: Array) -> Array:
        """Return how much each of these learners needs the items `taken`, as far as they do not know them."""
        users = self._model.user_embeddings[learners]
        mean, deviation = self._spread_of_scores(users)
        raw = users @ self._model.item_embeddings[taken].T + self._model.item_biases[taken]
        clear = np.maximum((raw - mean[:, None]) / deviation[:, None] - CLEAR_NEED, 0)
        return np.asarray((np.square(clear) * _unknown(self._model, learners, taken)).sum(axis=1))

    def _spread_of_scores(self, users: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of each learner's scores over all items.

        A score is a linear function of the item's vector and bias. So its mean and variance follow from the mean
        and the covariance of the items, without computing a score for each learner and item.
        """
        extended = np.hstack([users, np.ones((len(users), 1), dtype=np.float32)])
        variance = ((extended @ self._covariance) * extended).sum(axis=1)
        return extended @ self._mean_item, np.sqrt(np.maximum(variance, 1e-12))

    def _likeness(self, state: Array) -> Array:
        """Return the cosine with each learner; unlike learners get 0."""
        product = self._model.user_embeddings @ state
        lengths = self._lengths * np.linalg.norm(state)
        cosine = np.divide(product, lengths, out=np.zeros_like(product), where=lengths > 0)
        return np.asarray(np.clip(cosine, 0, 1))


def mutual(match: Match, *, both_ways: bool = True) -> Array:
    """Return one score from 0 to 1 for each learner.

    Unless `both_ways`, only what others know counts: an asker who took nothing yet has nothing to give.
    """
    helps = np.sqrt(match.helps * match.helped) if both_ways else match.helps
    return np.asarray(helps * (0.5 + match.likeness) / 1.5)


def share(values: Array) -> Array:
    """Divide by the largest value; where all values are 0, they stay."""
    most = values.max(initial=0.0)
    return np.asarray(values / most if most > 0 else np.zeros_like(values))


def learners_who_took(model: TrainedModel, item: int) -> Array:
    """Return the positions of the learners who took or completed an item."""
    return line_of(model.known_by_item, item)[0]


def _unknown(model: TrainedModel, learners: Array, taken: Array) -> Array:
    """Return learners x taken: whether the learner does not know the item."""
    row_of = np.full(len(model.users), -1)  # from a learner's position in the model to the row here
    row_of[learners] = np.arange(len(learners))
    unknown = np.ones((len(learners), len(taken)), dtype=bool)
    for column, item in enumerate(taken):
        rows = row_of[learners_who_took(model, int(item))]
        unknown[rows[rows >= 0], column] = False
    return unknown


def _spread_of_items(model: TrainedModel) -> tuple[Array, Array]:
    """Return mean and covariance of the items' vectors with their biases, of 1,000 items where there are more."""
    some = np.unique(np.linspace(0, len(model.items) - 1, SPREAD_ITEMS).astype(np.int64))
    items = np.hstack([model.item_embeddings[some], model.item_biases[some, None]])
    return items.mean(axis=0), np.cov(items, rowvar=False, bias=True, dtype=np.float32)


def _best(values: Array, number: int) -> Array:
    chosen = np.flatnonzero(values > 0)
    if len(chosen) > number:
        chosen = chosen[np.argpartition(-values[chosen], number)[:number]]
    return np.asarray(chosen)
