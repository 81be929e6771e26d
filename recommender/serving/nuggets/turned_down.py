"""What falls behind: nuggets like one that the learner turned down, and those that would lead backwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.ranking.diversity import POOL
from recommender.ranking.lists import rank
from recommender.serving.nuggets.boosts import Boost
from recommender.serving.nuggets.skill_gaps import USUAL_LEVEL
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.nugget_table import LEVELS, NuggetColumns

Array = np.ndarray[Any, np.dtype[Any]]
MOST_DISLIKED = 50
STEP = 0.01
"""How far behind is behind (standard deviations)."""


def disliked_boost(
    snapshot: CatalogueSnapshot, disliked: Iterable[str], scores: Array, ready: Array
) -> Boost:
    """Lower the best nuggets as far as they are like a disliked one, towards the learner's hundredth best score."""
    columns = snapshot.columns
    sources = columns.positions(sorted(disliked))[:MOST_DISLIKED]
    values = np.zeros(len(scores))
    best = rank(scores, ready, snapshot.popularity, POOL)
    if len(sources) and len(best):
        values[best] = -likeness(snapshot, best, sources) * (scores[best] - scores[best[-1]] + STEP)
    return Boost("disliked", values)


def likeness(snapshot: CatalogueSnapshot, positions: Array, sources: Array) -> Array:
    """Return how like each nugget is to the most similar source, from 0 to 1: by its skills or by its content."""
    nuggets = snapshot.columns.nuggets
    own = [frozenset(nuggets[one].skills) for one in positions]
    others = [frozenset(nuggets[one].skills) for one in sources]
    found = np.array([max(_shared(skills, other) for other in others) for skills in own])
    if snapshot.model is not None:
        features = snapshot.model.features
        content = (features[positions] @ features[sources].T).toarray().max(axis=1)
        found = np.maximum(found, np.clip(content, 0.0, 1.0))
    return found


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Return which share of all skills of two nuggets is common to both (Jaccard index)."""
    return len(one & other) / max(1, len(one | other))


def backwards(columns: NuggetColumns, completed: Iterable[Nugget]) -> Array:
    """Return which nuggets teach only skills that the learner has completed at a higher level (a mask)."""
    had = _levels_of(completed)
    behind = np.zeros(len(columns.nuggets), dtype=np.int32)
    for skill, level in had.items():
        positions = columns.skills.get(skill)
        if positions is not None:
            levels = columns.levels[positions]
            behind[positions[np.where(levels > 0, levels, USUAL_LEVEL) < level]] += 1
    return np.asarray((behind > 0) & (behind == columns.skill_counts))


def backwards_boost(scores: Array, ready: Array, backward: Array) -> Boost:
    """Lower the nuggets that lead backwards by as much as puts the best of them behind every other one."""
    values = np.zeros(len(scores))
    forward, behind = ready & ~backward, ready & backward
    if forward.any() and behind.any():
        values[backward] = min(0.0, float(scores[forward].min() - scores[behind].max()) - STEP)
    return Boost("backwards", values)


def _levels_of(completed: Iterable[Nugget]) -> Mapping[str, int]:
    had: dict[str, int] = {}
    for nugget in completed:
        for skill in nugget.skills:
            had[skill] = max(had.get(skill, 0), LEVELS.get(nugget.level, USUAL_LEVEL))
    return had
