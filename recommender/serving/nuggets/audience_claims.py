"""What may be claimed of the model's learners: always counted, and never of fewer than three."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.dataset.sparse import line_of
from recommender.models.trained_model import TrainedModel
from recommender.ranking.peers import takers

Array = np.ndarray[Any, np.dtype[Any]]
LEAST_LEARNERS = 3
COMMON = (2, 3)
"""How many nuggets two learners have in common whose histories are called alike: least, and enough."""


def popular_from(popularity: Array) -> float:
    """Return how many learners an item of the more popular half has, at least three."""
    return max(float(LEAST_LEARNERS), float(np.median(popularity)) if len(popularity) else 0.0)


def is_popular_in(model: TrainedModel, segment: str, item: int) -> bool:
    """Tell whether enough learners of a segment (`team:...`, `role:...`, `skill:...`) took the item."""
    position = model.segment_index.get(segment)
    if position is None:
        return False
    items, learners = line_of(model.segment_popularity, position)
    return bool((learners[items == item] >= LEAST_LEARNERS).any())


def go_together(model: TrainedModel, earlier: int, item: int) -> bool:
    """Tell whether enough learners took both, and more than would by chance."""
    before, now = takers(model, earlier), takers(model, item)
    if min(len(before), len(now)) < LEAST_LEARNERS:
        return False
    took = np.zeros(len(model.users), dtype=bool)
    took[now] = True
    both = int(np.count_nonzero(took[before]))
    return both >= LEAST_LEARNERS and both * len(model.users) > len(before) * len(now)


def find_alike(model: TrainedModel, items: Sequence[int]) -> Array:
    """Return, for each learner, whether the own history has enough of these items."""
    common = np.zeros(len(model.users), dtype=np.int32)
    for item in set(items):
        common[takers(model, item)] += 1
    least, enough = COMMON
    return common >= max(least, min(enough, len(items)))


def is_taken_by(model: TrainedModel, learners: Array, item: int) -> bool:
    """Tell whether enough of these learners (a mask) took the item, and more than would by chance."""
    now = takers(model, item)
    both = int(learners[now].sum())
    return both >= LEAST_LEARNERS and both * len(model.users) > int(learners.sum()) * len(now)
