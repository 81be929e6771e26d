"""Contributions: how much each past item and each feature of a learner adds to the scores of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from recommender.dataset.learner_states import LIGHTFM, past_weights
from recommender.models.blend import scorers_of, weights_at
from recommender.models.linear import PastLinks
from recommender.models.trained_model import TrainedModel

Array = np.ndarray[Any, np.dtype[Any]]


class Contribution(NamedTuple):
    """One summand of the score of one item: `kind` is history, side, popularity, segment or a boost's.

    `name` is the Activity id (history), the side feature (`team:red`) or empty; `verb` is the learner's act
    (history), whose contribution comes from all scorers of the blend together.
    """

    kind: str
    name: str
    value: float
    verb: str = ""


Contributions = tuple[Contribution, ...]
"""Those to the score of one item, in no order; they add up to the score."""
ContributionsOf = Callable[[Sequence[int]], list[Contributions]]


@dataclass(frozen=True, slots=True)
class Split:
    """The scores of K items, split: what each of P past items (P x K) and S side features (S x K) adds."""

    history: Array
    side: Array


class LearnerInput:
    """A learner as input of the scorers: past items (positions, newest first) and side features.

    LightFM sums up a vector for each of them, and the sum is the learner's `state` (D). The other scorers see the
    past items only. All of them are linear in their input, so that every score can be split exactly.
    """

    def __init__(self, model: TrainedModel, past: Sequence[int], side: Mapping[str, float]) -> None:
        self._model = model
        self._past = np.array(past, dtype=np.int64)
        self._past_vectors = self._vectors_of_past()
        self._side_vectors = self._vectors_of_side(side)
        self.state: Array = self._past_vectors.sum(axis=0) + self._side_vectors.sum(axis=0)
        self._links = {name: self._links_of(name) for name in scorers_of(model) if name != LIGHTFM}

    def raw_scores(self) -> dict[str, Array]:
        """Return the scores of all items by scorer, each on a scale of its own."""
        model = self._model
        scores = {LIGHTFM: np.asarray(model.item_embeddings @ self.state + model.item_biases)}
        return scores | {name: links.scores(weights) for name, (weights, links) in self._links.items()}

    def split(self, items: Sequence[int], scales: Mapping[str, float], candidates: Array) -> Split:
        """Split the scores of some items, relative to the mean score of the candidates (a mask).

        `scales` holds, by scorer, the factor from its raw scores to the blended score.
        """
        model, positions = self._model, np.array(items, dtype=np.int64)
        shares = candidates.astype(np.float32) / np.float32(max(1, int(np.count_nonzero(candidates))))
        factors = {name: scale * weights_at(model, name, positions) for name, scale in scales.items()}
        # Scores are standardised by subtracting the mean over the candidates. As they are linear, it is the same
        # to subtract the candidates' mean vector (and mean link) first and to multiply then.
        directions = (model.item_embeddings[positions] - shares @ model.item_embeddings).T
        history = np.zeros((len(self._past), len(positions)))
        history[: len(self._past_vectors)] = factors[LIGHTFM] * (self._past_vectors @ directions)
        for name, (weights, links) in self._links.items():
            if factors[name].any():
                above_mean = links.to(positions) - links.mean(shares)[:, None]
                history[: len(weights)] += factors[name] * (weights[:, None] * above_mean)
        return Split(history, factors[LIGHTFM] * (self._side_vectors @ directions))

    def _vectors_of_past(self) -> Array:
        weights = past_weights(LIGHTFM, len(self._past), self._model.settings)
        return np.asarray(self._model.history_embeddings[self._past[: len(weights)]] * weights[:, None])

    def _vectors_of_side(self, side: Mapping[str, float]) -> Array:
        positions = np.array([self._model.side_index[name] for name in side], dtype=np.int64)
        side_weight = np.float32(self._model.settings.side_weight)
        weights = np.array(list(side.values()), dtype=np.float32) * side_weight
        return np.asarray(self._model.side_embeddings[positions] * weights[:, None])

    def _links_of(self, name: str) -> tuple[Array, PastLinks]:
        weights = past_weights(name, len(self._past), self._model.settings)
        return weights, scorers_of(self._model)[name].of_past(self._past[: len(weights)])
