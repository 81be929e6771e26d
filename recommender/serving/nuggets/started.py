"""Nuggets that the learner began and did not finish: they stay in sight."""

from __future__ import annotations

import numpy as np

from recommender.interactions.history import History
from recommender.serving.nuggets.boosts import Boost
from recommender.serving.nuggets.scores import Scores
from recommender.serving.state.nugget_table import NuggetColumns

BEGUN = frozenset(
    {
        *("launched", "attempted", "progressed", "paused", "resumed", "failed", "submitted", "registered"),
        *("interacted", "played", "seeked"),
    }
)
"""Canonical verbs of who began; a look at something (`viewed`) is none."""


def begun_boost(columns: NuggetColumns, history: History, scores: Scores, least: float) -> Boost:
    """Return what lifts each nugget begun to `least` deviations, and nothing where it stands higher.

    The model would put it far down: what a learner acted on is no sign for itself.
    """
    values = np.zeros(len(columns.nuggets))
    names: dict[int, str] = {}
    for glance in history.glances:
        position = columns.index.get(glance.item)
        if position is not None and glance.verb in BEGUN:
            values[position] = max(0.0, least - float(scores.values[position]))
            names[position] = glance.item
    return Boost("begun", values, names)
