"""Scores as sums of terms: each thing known of the learner adds its own part, which later explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from recommender.dataset.dataset import side_weights
from recommender.dataset.learner_states import LONGEST_PAST
from recommender.interactions.history import History
from recommender.models.blend import Standard, blend, newcomer_parts, standardise
from recommender.models.trained_model import TrainedModel
from recommender.serving.nuggets.contributions import Evidence
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]


class Term(NamedTuple):
    """What one thing known adds to the score of one item: `kind` is history, side, popularity or segment.

    `name` is the Activity id (history), the side feature (`team:red`) or empty; `verb` what was done with it. A
    history term holds what all scorers of the blend make of that item.
    """

    kind: str
    name: str
    value: float
    verb: str = ""


Terms = tuple[Term, ...]
TermsOf = Callable[[Sequence[int]], list[Terms]]


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of every item, in deviations above the mean of the candidates.

    `past` are the Activity ids that make up the score, the newest first, `state` is LightFM's representation of the
    learner. `terms_of(positions)` gives the terms of each of these items, in no order; their sum is exactly its
    score. They are counted only when asked for, so ask for the few items that are shown.
    """

    values: Array
    state: Array
    past: tuple[str, ...]
    terms_of: TermsOf


def score_learner(model: TrainedModel, history: History, features: UserFeatures, candidates: Array) -> Scores:
    """Score all items for a learner; one without any event gets what is popular, first in the own segment."""
    past = _past(model, history)
    side = {name: one for name, one in side_weights(features).items() if name in model.side_index}
    evidence = Evidence(model, [position for position, _ in past], side)
    if not past:
        return _score_newcomer(model, evidence.state, side_weights(features), candidates)
    scores = {name: _standardise(raw, candidates) for name, raw in evidence.raw_scores().items()}
    total = _standardise(blend(model, scores)[0], candidates)
    scales = {name: float(total.scale[0, 0] * standard.scale[0, 0]) for name, standard in scores.items()}
    values = total.values[0]
    told = [(model.items[position], verb) for position, verb in past]

    def terms_of(items: Sequence[int]) -> list[Terms]:
        added = evidence.added(items, scales, candidates)
        return _told(told, tuple(side), added.history, added.side, values[items])

    return Scores(values, evidence.state, tuple(name for name, _ in told), terms_of)


def _standardise(raw: Array, candidates: Array) -> Standard:
    return standardise(raw[None, :], candidates[None, :])


def _past(model: TrainedModel, history: History) -> list[tuple[int, str]]:
    """Return position and verb of the items that make up the score, the newest first.

    Who took nothing yet is known by what was looked at.
    """
    for acts in (history.positives, history.glances):
        known = [(model.item_index[act.item], act.verb) for act in acts if act.item in model.item_index]
        if known:
            return known[::-1][: max(LONGEST_PAST, model.settings.history)]
    return []


def _told(
    past: Sequence[tuple[str, str]],
    side: Sequence[str],
    history_values: Array,
    side_values: Array,
    scores: Array,
) -> list[Terms]:
    """Put what P past items and S side features add to K items into terms; the rest of a score is popularity."""
    rest = scores - history_values.sum(axis=0) - side_values.sum(axis=0)
    columns = zip(history_values.T.tolist(), side_values.T.tolist(), rest.tolist(), strict=True)
    return [
        (
            *(Term("history", name, value, verb) for (name, verb), value in zip(past, of_past, strict=True)),
            *(Term("side", name, value) for name, value in zip(side, of_side, strict=True)),
            Term("popularity", "", left),
        )
        for of_past, of_side, left in columns
    ]


def _score_newcomer(
    model: TrainedModel, state: Array, side: Mapping[str, float], candidates: Array
) -> Scores:
    """Score by what is popular, and what is popular in the learner's segments."""
    weights = {"": 1.0, **side}
    parts = {
        name: weights[name] * values for name, values in newcomer_parts(model).items() if name in weights
    }
    total = _standardise(np.sum(list(parts.values()), axis=0), candidates)
    means = {name: _standardise(values, candidates).mean[0, 0] for name, values in parts.items()}
    scale = float(total.scale[0, 0])

    def terms_of(items: Sequence[int]) -> list[Terms]:
        return [
            tuple(
                Term("segment" if name else "popularity", name, scale * float(values[item] - means[name]))
                for name, values in parts.items()
            )
            for item in items
        ]

    return Scores(total.values[0], state, (), terms_of)
