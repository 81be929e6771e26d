"""What would another version have brought? Estimated from what was shown, without showing anything.

Of everything shown, what the other version would have listed too counts, each divided by the probability with which
it was shown (self-normalised inverse propensity, Swaminathan and Joachims 2015). So what was drawn at random stands
for all that was never shown. Only nuggets that the version ranks into a list as long as the one shown are listed;
boosts and filters are left out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrs.personas import PersonaId, describe_personas
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import find_features
from recommender.config import RecommenderSettings
from recommender.interactions.history import History, build_history
from recommender.models.registry import load
from recommender.models.trained_model import TrainedModel
from recommender.online.outcomes import EFFECTS, Exposure
from recommender.online.statistics import Z_95
from recommender.ranking.lists import rank
from recommender.serving.nuggets.scores import score_learner
from recommender.storage.interactions import InteractionRow, find_rows
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The rate of an effect that a version would have had, with its 95 % interval, and that of what was shown.

    It comes from those of all `shown` that the version would have listed too (`listed`).
    """

    effect: str
    shown: int
    listed: int
    rate_shown: float
    rate: float
    low: float
    high: float


def estimate_version(
    database: Database,
    store: StoreId,
    version: int,
    exposures: Sequence[Exposure],
    settings: RecommenderSettings,
) -> list[Estimate]:
    """Estimate the effects of a model version from nuggets shown; raise what loading the version raises."""
    model = load(database, store, version)
    chosen = [one for one in exposures if one.kind == "nuggets"]
    weights = _weights(database, store, model, chosen, settings.learner_rows)
    return [estimate(chosen, weights, effect) for effect in EFFECTS["nuggets"]] if chosen else []


def estimate(exposures: Sequence[Exposure], weights: Array, effect: str) -> Estimate:
    """Estimate the rate of an effect with these weights; its variance is that between learners."""
    had = np.array([effect in one.effects for one in exposures], dtype=np.float64)
    total = float(weights.sum())
    rate = float(weights @ had) / total if total else 0.0
    _, learner_of = np.unique([str(one.persona) for one in exposures], return_inverse=True)
    apart = np.bincount(learner_of, weights * (had - rate))
    learners = len(np.unique(learner_of[weights > 0]))
    error = 1.0
    if learners > 1:
        error = Z_95 * math.sqrt(float(apart @ apart) * learners / (learners - 1)) / total
    low, high = max(0.0, rate - error), min(1.0, rate + error)
    return Estimate(effect, len(had), int((weights > 0).sum()), float(had.mean()), rate, low, high)


def _weights(
    database: Database, store: StoreId, model: TrainedModel, exposures: Sequence[Exposure], limit: int
) -> Array:
    """Return one over the probability of each exposure that the model would have listed, 0 for the others."""
    weights = np.zeros(len(exposures))
    places: Mapping[PersonaId, list[int]] = defaultdict(list)
    for place, one in enumerate(exposures):
        places[one.persona].append(place)
    people = describe_personas(database, store, sorted(places))
    for persona, own in places.items():
        person = people.get(persona)
        ids, identifiers = (person.ids, person.identifiers) if person else ((persona,), ())
        rows = find_rows(database, store, ids, limit)
        features = find_features(database, store, ids, identifiers)
        lists: dict[tuple[int, int], frozenset[str]] = {}
        for place in own:
            one = exposures[place]
            if (one.at, one.length) not in lists:
                history = _history_before(rows, one.at, limit)
                lists[one.at, one.length] = _list(model, history, features, one.at, one.length)
            weights[place] = (one.target in lists[one.at, one.length]) / one.probability
    return weights


def _history_before(rows: Sequence[InteractionRow], at_us: int, limit: int) -> History:
    return build_history([row for row in rows if row.at < at_us], limit)


def _list(
    model: TrainedModel, history: History, features: UserFeatures, at_us: int, length: int
) -> frozenset[str]:
    """Return what a model would have listed for a learner at a time (us)."""
    candidates = np.ones(len(model.items), dtype=bool)
    candidates[[model.item_index[one] for one in history.done if one in model.item_index]] = False
    scores = score_learner(model, history, features, candidates, model.counts_at(at_us))
    return frozenset(model.items[one] for one in rank(scores.values, candidates, model.popularity, length))


ESTIMATE_HEADER = ("effect", "shown", "rate shown", "listed too", "estimated rate", "95 % interval")


def estimate_row(one: Estimate) -> tuple[str, ...]:
    """Return the row of a table."""
    interval = f"{one.low:.4f} to {one.high:.4f}"
    return (one.effect, str(one.shown), f"{one.rate_shown:.4f}", str(one.listed), f"{one.rate:.4f}", interval)
