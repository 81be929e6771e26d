"""What is known of one learner, and what each of it adds to the scores of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.dataset.learner_states import LIGHTFM, past_weights
from recommender.models.blend import scorers_of, weights_at
from recommender.models.linear import PastLinks
from recommender.models.trained_model import TrainedModel

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Added:
    """What each past item (`history`, P x K) and each side feature (`side`, S x K) adds to the scores of K items."""

    history: Array
    side: Array


class Evidence:
    """P past items (positions, the newest first) and S side features with their weights.

    LightFM sees a vector for each of them; their sum is the learner's `state` (D). Other scorers see the past alone.
    """

    def __init__(self, model: TrainedModel, past: Sequence[int], side: Mapping[str, float]) -> None:
        self._model = model
        self._past = np.array(past, dtype=np.int64)
        self._past_vectors = self._vectors_of_past()
        self._side_vectors = self._vectors_of_side(side)
        self.state: Array = self._past_vectors.sum(axis=0) + self._side_vectors.sum(axis=0)
        self._links = {name: self._linked(name) for name in scorers_of(model) if name != LIGHTFM}

    def raw_scores(self) -> dict[str, Array]:
        """Return the scores of all items, not yet comparable, by scorer."""
        model = self._model
        scores = {LIGHTFM: np.asarray(model.item_embeddings @ self.state + model.item_biases)}
        return scores | {name: links.scores(weights) for name, (weights, links) in self._links.items()}

    def added(self, items: Sequence[int], scales: Mapping[str, float], candidates: Array) -> Added:
        """Tell apart what makes up the scores of some items, above their mean over the candidates (a mask).

        `scales` is what the raw scores of each scorer are multiplied with.
        """
        model, positions = self._model, np.array(items, dtype=np.int64)
        shares = candidates.astype(np.float32) / np.float32(max(1, int(np.count_nonzero(candidates))))
        factors = {name: scale * weights_at(model, name, positions) for name, scale in scales.items()}
        directions = (model.item_embeddings[positions] - shares @ model.item_embeddings).T
        history = np.zeros((len(self._past), len(positions)))
        history[: len(self._past_vectors)] = factors[LIGHTFM] * (self._past_vectors @ directions)
        for name, (weights, links) in self._links.items():
            if factors[name].any():
                above = links.to(positions) - links.mean(shares)[:, None]
                history[: len(weights)] += factors[name] * (weights[:, None] * above)
        return Added(history, factors[LIGHTFM] * (self._side_vectors @ directions))

    def _vectors_of_past(self) -> Array:
        weights = past_weights(LIGHTFM, len(self._past), self._model.settings)
        return np.asarray(self._model.history_embeddings[self._past[: len(weights)]] * weights[:, None])

    def _vectors_of_side(self, side: Mapping[str, float]) -> Array:
        positions = np.array([self._model.side_index[name] for name in side], dtype=np.int64)
        weights = np.array(list(side.values()), dtype=np.float32) * np.float32(
            self._model.settings.side_weight
        )
        return np.asarray(self._model.side_embeddings[positions] * weights[:, None])

    def _linked(self, name: str) -> tuple[Array, PastLinks]:
        weights = past_weights(name, len(self._past), self._model.settings)
        return weights, scorers_of(self._model)[name].of_past(self._past[: len(weights)])
