"""Who can help with a topic: what people answered, taught and completed about it, the rarer part counting more.

Pure functions; serving and evaluation use the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
DAY_US = 86_400_000_000
HALF_LIFE_DAYS = 90.0
"""After this time an act shows half as much: it also tells who is there to help now."""
MOST_A_DAY = 20
"""So many acts of one person about one part count in a day: more is a robot, or an import."""


@dataclass(frozen=True, slots=True)
class KnowingActs:
    """A acts that show knowledge: by which person, about which part of a topic, how clearly (0 to 1), when (us)."""

    people: Array
    parts: Array
    values: Array
    at: Array


def expertise(acts: KnowingActs, weights: Array, people: int, now_us: int) -> Array:
    """Return how much each of the people knows of a topic whose parts have these weights.

    The logarithm of the acts: the hundredth answer adds less than the second.
    """
    kept = _within_a_day(acts)
    age = np.maximum(0, now_us - acts.at[kept]) / DAY_US
    sums = np.zeros((people, len(weights)))
    decayed = acts.values[kept] * 0.5 ** (age / HALF_LIFE_DAYS)
    np.add.at(sums, (acts.people[kept], acts.parts[kept]), decayed)
    return np.asarray(np.log1p(sums) @ weights)


def _within_a_day(acts: KnowingActs) -> Array:
    """Return the positions of the acts that count, at most 20 of each person, part and day."""
    keys = np.column_stack([acts.people, acts.parts, acts.at // DAY_US])
    order = np.lexsort(keys.T)
    ordered = keys[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(is_first)
    rank = np.arange(len(order)) - starts[np.cumsum(is_first) - 1] if len(order) else order
    return np.asarray(order[rank < MOST_A_DAY])
