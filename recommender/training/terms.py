"""The terms that a blend is chosen from, in each of the ways they may be made, for the learners of a validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.dataset.learner_states import COOCCURRENCE, LIGHTFM, TRANSITIONS, past_matrix
from recommender.metrics.splits import Split
from recommender.models.assembly import cooccurrence_links
from recommender.models.blend import LATELY, LEAST, lightfm_scorer, standardise
from recommender.models.linear import Links
from recommender.models.trained_model import TrainedModel
from recommender.models.trends import DAY_S, RECENT, TREND, decayed_counts, half_lives, values_of
from recommender.training.validation import Validation

Array = np.ndarray[Any, np.dtype[Any]]
Option = Mapping[str, float]
"""Training settings, by name, that say how a term is made."""
MOST_ITEMS_TO_TRY = 5_000
RECENCIES = (0.25, 0.5, 0.75, 1.0, 1.5)
REGULARISATIONS = (50.0, 250.0)
SHORTEST_RECENT_S = 3 * DAY_S
"""From this half-life on, what is used lately is `recent`, below it the `trend`."""


class Terms:
    """Standardised scores (learners x items) of each term of a model, for each option; kept once computed."""

    def __init__(self, model: TrainedModel, split: Split, validation: Validation) -> None:
        self.model = model
        self._past = split.train
        self._users, self._candidates = validation.users, validation.candidates
        self._moments = split.moments_us[validation.users]
        self._values: dict[tuple[str, tuple[float, ...]], Array] = {}
        self._links: dict[float, sp.csr_matrix] = {model.settings.ease_regularisation: model.cooccurrence}

    @cached_property
    def options(self) -> Mapping[str, tuple[Option, ...]]:
        """Return the options by term; a term without any has nothing to tell about this data."""
        own, lives = self.model.settings, half_lives(self._past.at)
        longer = [one for one in lives if one >= SHORTEST_RECENT_S]
        shorter = [one for one in lives if one < SHORTEST_RECENT_S]
        few = len(self.model.items) <= min(MOST_ITEMS_TO_TRY, own.ease_items)
        ridges = dict.fromkeys((own.ease_regularisation, *(REGULARISATIONS if few else ())))
        recencies = dict.fromkeys((own.recency, *RECENCIES))
        return {
            LIGHTFM: ({},),
            COOCCURRENCE: tuple(
                {"ease_regularisation": ridge, "recency": recency}
                for ridge in ridges
                for recency in recencies
            ),
            TRANSITIONS: ({},),
            RECENT: _ways("recent_half_life_s", own.recent_half_life_s, longer),
            TREND: _ways("trend_half_life_s", own.trend_half_life_s, shorter),
        }

    def values(self, term: str, option: Option) -> Array:
        """Return the scores of a term, standardised over each learner's candidates."""
        key = (term, tuple(option.values()))
        if key not in self._values:
            raw = self._raw(term, replace(self.model.settings, **option))  # type: ignore[arg-type]
            least = LEAST if term in LATELY else 0.0
            self._values[key] = standardise(raw, self._candidates, least).values
        return self._values[key]

    def _raw(self, term: str, settings: TrainingSettings) -> Array:
        if term == LIGHTFM:
            return lightfm_scorer(self.model, self._past)(self._users)
        if term in LATELY:
            half_life = settings.recent_half_life_s if term == RECENT else settings.trend_half_life_s
            return values_of(self._counts(half_life))
        links = self.model.transitions if term == TRANSITIONS else self._cooccurrence(settings)
        return Links(links).scores(past_matrix(self._past, term, settings)[self._users])

    def _counts(self, half_life_s: float) -> Array:
        return decayed_counts(
            self._past.item_of, self._past.at, len(self._past.items), self._moments, half_life_s
        )

    def _cooccurrence(self, settings: TrainingSettings) -> sp.csr_matrix:
        ridge = settings.ease_regularisation
        if ridge not in self._links:
            self._links[ridge] = cooccurrence_links(self._past, settings)
        return self._links[ridge]


def _ways(name: str, own: float, lives: Sequence[float]) -> tuple[Option, ...]:
    """Return the half-lives to try, the store's own one first; none where times cannot tell any apart."""
    return tuple({name: one} for one in dict.fromkeys((own, *lives))) if lives else ()
