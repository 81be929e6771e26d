"""Shelves: what the learner began, was assigned or signed up for, and what the learner put off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.interactions.history import Positive
from recommender.interactions.unfinished import ASSIGNED, ENROLLED, POSTPONED
from recommender.serving.nuggets.candidates import Candidates
from recommender.serving.state.nugget_table import NuggetColumns
from schemas.recommendations import BEGUN

Array = np.ndarray[Any, np.dtype[Any]]
_TEXTS = {ASSIGNED: "assigned", ENROLLED: "enrolled"}


def shelf_acts(candidates: Candidates, shelf: str) -> list[Positive]:
    """Return the acts that put nuggets on a shelf, in the order of time."""
    if shelf == BEGUN:
        return list(candidates.begun)
    put_off = sorted(candidates.put_off.items(), key=lambda one: one[1])
    return [Positive(item, at, 0.0, POSTPONED) for item, at in put_off]


def shelf_mask(columns: NuggetColumns, candidates: Candidates, shelf: str, opened: Array) -> Array:
    """Return which nuggets are on a shelf (a mask); `opened` are those that are not closed."""
    acts = shelf_acts(candidates, shelf)
    return opened & columns.mask(columns.positions(one.item for one in acts)) & ~candidates.done


def own_acts(candidates: Candidates) -> Mapping[str, str]:
    """Return the text that says what the learner did with a nugget before, by the ids of nuggets."""
    put_off = dict.fromkeys([*candidates.put_off, *candidates.back], "later")
    return put_off | {one.item: _TEXTS.get(one.verb, "begun") for one in candidates.begun}
