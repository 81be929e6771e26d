"""Prerequisites: a nugget that is not ready gives its rank to what has to be done before it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import numpy as np

from recommender.dataset.sparse import line_of
from recommender.ranking.lists import rank
from recommender.serving.nuggets.boosts import Boost
from recommender.serving.state.nugget_table import NuggetColumns

Array = np.ndarray[Any, np.dtype[Any]]
MOST_BLOCKED = 100
"""How many of the best blocked nuggets are looked at."""


def find_blocked(columns: NuggetColumns, done: Array, done_ids: Set[str]) -> Array:
    """Return which nuggets have a prerequisite that is not done.

    `done` (I) is a mask of the catalogue; `done_ids` also holds nuggets that are not in it.
    """
    missing = columns.requires @ (~done).astype(np.float32)  # the number of prerequisites not done
    return np.asarray(missing > 0) | lacks_unknown(columns, done_ids)


def lacks_unknown(columns: NuggetColumns, done_ids: Set[str]) -> Array:
    """Return which nuggets have a prerequisite that is neither in the catalogue nor done."""
    lacks = np.zeros(len(columns.nuggets), dtype=bool)
    for position in np.flatnonzero(columns.requires_unknown):
        unknown = [one for one in columns.nuggets[position].prerequisites if one not in columns.index]
        lacks[position] = any(one not in done_ids for one in unknown)
    return lacks


def missing_of(columns: NuggetColumns, position: int, done: Array) -> Array:
    """Return the positions of the prerequisites of one nugget that are in the catalogue and not done."""
    before, _ = line_of(columns.requires, position)
    return np.asarray(before[~done[before]])


def first_steps(columns: NuggetColumns, position: int, done: Array, ready: Array) -> Iterator[int]:
    """Yield the nuggets that are ready, of all that have to be done before one; cycles do no harm."""
    met = {position}
    waiting = [position]
    while waiting:
        for before in missing_of(columns, waiting.pop(), done).tolist():
            if before in met:
                continue
            met.add(before)
            if ready[before]:
                yield before
            else:
                waiting.append(before)


def needed_boost(
    columns: NuggetColumns, scores: Array, eligible: Array, blocked: Array, done: Array
) -> Boost:
    """Raise ready nuggets to the score of the best blocked nugget that needs them."""
    values = np.zeros(len(scores))
    names: dict[int, str] = {}
    ready = eligible & ~blocked
    for target in rank(scores, eligible & blocked, scores, MOST_BLOCKED).tolist():
        for before in first_steps(columns, target, done, ready):
            missing = float(scores[target] - scores[before])
            if missing > values[before]:
                values[before] = missing
                names[before] = columns.nuggets[target].id
    return Boost("needed", values, names)
