"""Claims about a model's learners in reasons: each one is counted, none is made of fewer than five learners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.dataset.sparse import line_of
from recommender.models.trained_model import TrainedModel
from recommender.ranking.peers import learners_who_took
from schemas.floors import FLOOR

Array = np.ndarray[Any, np.dtype[Any]]
SHARED_NUGGETS = (2, 3)
"""How many nuggets learners must share to be called similar: the minimum, and what always suffices."""


def popular_from(learner_counts: Array) -> float:
    """Return from how many learners on an item is called popular: the median of all items, at least the floor."""
    return max(float(FLOOR), float(np.median(learner_counts)) if len(learner_counts) else 0.0)


def is_popular_in(model: TrainedModel, segment: str, item: int) -> bool:
    """Return whether enough learners of a segment (`team:...`, `role:...`, `skill:...`) took the item."""
    position = model.segment_index.get(segment)
    if position is None:
        return False
    items, learners = line_of(model.segment_popularity, position)
    return bool((learners[items == item] >= FLOOR).any())


def go_together(model: TrainedModel, earlier: int, item: int) -> bool:
    """Return whether enough learners took both items, and more than would by chance."""
    before, now = learners_who_took(model, earlier), learners_who_took(model, item)
    if min(len(before), len(now)) < FLOOR:
        return False
    took = np.zeros(len(model.users), dtype=bool)
    took[now] = True
    both = int(np.count_nonzero(took[before]))
    # By chance, len(before) * len(now) / all learners would have taken both.
    return both >= FLOOR and both * len(model.users) > len(before) * len(now)


def find_similar_learners(model: TrainedModel, items: Sequence[int]) -> Array:
    """Return a mask of the learners who took enough of these items to be called similar."""
    shared = np.zeros(len(model.users), dtype=np.int32)
    for item in set(items):
        shared[learners_who_took(model, item)] += 1
    minimum, enough = SHARED_NUGGETS
    return shared >= max(minimum, min(enough, len(items)))


def is_taken_by(model: TrainedModel, learners: Array, item: int) -> bool:
    """Return whether enough of these learners (a mask) took the item, and more than would by chance."""
    now = learners_who_took(model, item)
    both = int(learners[now].sum())
    return both >= FLOOR and both * len(model.users) > int(learners.sum()) * len(now)
