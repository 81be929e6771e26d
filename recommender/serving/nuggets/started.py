"""Started nuggets: those that the learner began and did not finish stay near the top."""

from __future__ import annotations

import numpy as np

from recommender.interactions.history import History
from recommender.serving.nuggets.boosts import Boost
from recommender.serving.nuggets.scores import Scores
from recommender.serving.state.nugget_table import NuggetColumns

ENROLLED = "registered"
STARTED = frozenset(
    {
        *("launched", "attempted", "progressed", "paused", "resumed", "failed", "submitted", ENROLLED),
        *("interacted", "played", "seeked"),
    }
)
"""Canonical verbs that start a nugget; a mere look (`viewed`) is not among them."""


def started_boost(columns: NuggetColumns, history: History, scores: Scores, min_score: float) -> Boost:
    """Raise every started nugget to `min_score` standard deviations; one with a higher score keeps it.

    The model alone would rank it far down, because an act is not evidence for its own nugget.
    """
    values = np.zeros(len(columns.nuggets))
    names: dict[int, str] = {}
    verbs: dict[int, str] = {}
    for view in history.views:
        position = columns.index.get(view.item)
        if position is not None and view.verb in STARTED:
            values[position] = max(0.0, min_score - float(scores.values[position]))
            names[position], verbs[position] = view.item, view.verb
    return Boost("started", values, names, verbs)
