"""Scores all nuggets for a learner; every score is a sum of contributions, which later explain it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.dataset.dataset import side_weights
from recommender.dataset.learner_states import LIGHTFM, LONGEST_PAST
from recommender.interactions.history import History
from recommender.models.blend import Counts, Standard, blend, lately_scores, newcomer_parts, standardise
from recommender.models.trained_model import TrainedModel
from recommender.models.trends import values_of
from recommender.serving.nuggets.contributions import (
    Contribution,
    Contributions,
    ContributionsOf,
    LearnerInput,
    Split,
)
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
EVER_SHARE = 0.25
"""The weight of popularity of all times without a model: where nothing was used lately, it alone decides."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of every item, in standard deviations above the mean of the candidates.

    `past` are the Activity ids that the score is made from, the newest first, `state` is LightFM's vector of the
    learner. `contributions_of(positions)` splits the scores of these items. It computes them when called, so
    call it for the few items that are shown.
    """

    values: Array
    state: Array
    past: tuple[str, ...]
    contributions_of: ContributionsOf


def score_learner(
    model: TrainedModel,
    history: History,
    features: UserFeatures,
    candidates: Array,
    counts: Counts | None = None,
) -> Scores:
    """Score all items for a learner; one without any history gets what the training chose for newcomers.

    `counts` say what is used lately; without them it is what the training knew, decayed to now.
    """
    counts = model.counts_at(time.time_ns() // 1000) if counts is None else counts
    past = _past(model, history)
    side = {name: one for name, one in side_weights(features).items() if name in model.side_index}
    known = LearnerInput(model, [position for position, _ in past], side)
    if not past and model.newcomers != LIGHTFM:
        return _score_newcomer(model, known.state, side_weights(features), candidates, counts)
    scores = {name: _standardise(raw, candidates) for name, raw in known.raw_scores().items()}
    lately = lately_scores(model, candidates[None, :], counts)
    scores |= lately
    total = _standardise(blend(model, scores)[0], candidates)
    scales = {name: float(total.scale[0, 0] * standard.scale[0, 0]) for name, standard in scores.items()}
    values = total.values[0]
    acts = [(model.items[position], verb) for position, verb in past]

    def contributions_of(items: Sequence[int]) -> list[Contributions]:
        split = known.split(items, {name: scales[name] for name in scales.keys() - lately.keys()}, candidates)
        popular = {
            name: float(model.blend[name] * total.scale[0, 0]) * one.values[0, items]
            for name, one in lately.items()
        }
        return _contributions(acts, tuple(side), split, popular, values[items])

    return Scores(values, known.state, tuple(name for name, _ in acts), contributions_of)


def score_by_popularity(popularity: Array, candidates: Array, counts: Mapping[str, Array]) -> Scores:
    """Score all items where there is no model: by what is used lately, and a little by popularity of all times."""
    parts = {"": EVER_SHARE * np.log1p(popularity)} | {term: values_of(one) for term, one in counts.items()}
    total = _standardise(np.sum(list(parts.values()), axis=0), candidates)
    means = {name: float(_standardise(values, candidates).mean[0, 0]) for name, values in parts.items()}
    scale = float(total.scale[0, 0])

    def contributions_of(items: Sequence[int]) -> list[Contributions]:
        return [
            tuple(
                Contribution("popularity", name, scale * float(values[item] - means[name]))
                for name, values in parts.items()
            )
            for item in items
        ]

    # 0.0 is added so that no score is -0.0.
    return Scores(total.values[0] + 0.0, np.zeros(0), (), contributions_of)


def _standardise(raw: Array, candidates: Array) -> Standard:
    return standardise(raw[None, :], candidates[None, :])


def _past(model: TrainedModel, history: History) -> list[tuple[int, str]]:
    """Return position and verb of the items that the score is made from, the newest first.

    For a learner who took nothing yet, these are the items viewed.
    """
    for acts in (history.positives, history.views):
        known = [(model.item_index[act.item], act.verb) for act in acts if act.item in model.item_index]
        if known:
            return known[::-1][: max(LONGEST_PAST, model.settings.history)]
    return []


def _contributions(
    past: Sequence[tuple[str, str]],
    side: Sequence[str],
    split: Split,
    popular: Mapping[str, Array],
    scores: Array,
) -> list[Contributions]:
    """Name the parts of the scores of K items; `popular` are those of what is used lately, by term.

    What neither these, the past nor side features explain is popularity of all times.
    """
    lately = np.array(list(popular.values())).reshape(len(popular), len(scores))
    rest = scores - split.history.sum(axis=0) - split.side.sum(axis=0) - lately.sum(axis=0)
    columns = zip(
        split.history.T.tolist(), split.side.T.tolist(), lately.T.tolist(), rest.tolist(), strict=True
    )
    return [
        (
            *(
                Contribution("history", name, value, verb)
                for (name, verb), value in zip(past, of_past, strict=True)
            ),
            *(Contribution("side", name, value) for name, value in zip(side, of_side, strict=True)),
            *(
                Contribution("popularity", name, value)
                for name, value in zip(popular, of_lately, strict=True)
            ),
            Contribution("popularity", "", left),
        )
        for of_past, of_side, of_lately, left in columns
    ]


def _score_newcomer(
    model: TrainedModel, state: Array, side: Mapping[str, float], candidates: Array, counts: Counts
) -> Scores:
    """Score by popularity, in all and in the learner's segments."""
    weights = {"": 1.0, **side}
    parts = {
        name: weights[name] * values for name, values in newcomer_parts(model, counts, side.keys()).items()
    }
    total = _standardise(np.sum(list(parts.values()), axis=0), candidates)
    means = {name: _standardise(values, candidates).mean[0, 0] for name, values in parts.items()}
    scale = float(total.scale[0, 0])

    def contributions_of(items: Sequence[int]) -> list[Contributions]:
        return [
            tuple(
                Contribution(
                    "segment" if name else "popularity", name, scale * float(values[item] - means[name])
                )
                for name, values in parts.items()
            )
            for item in items
        ]

    return Scores(total.values[0], state, (), contributions_of)
