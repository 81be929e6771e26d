"""Filters of a request; a value that no nugget has is an error that names the values there are."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from recommender.serving.state.nugget_table import NO_POSITIONS, NuggetColumns
from schemas.breaches import shown
from schemas.errors import InvalidInputError
from schemas.recommendations import NuggetFilters

Array = np.ndarray[Any, np.dtype[Any]]
MOST_NAMED = 20
MINUTE_S = 60


def filter_mask(columns: NuggetColumns, filters: NuggetFilters) -> Array:
    """Return which nuggets pass; raise InvalidInputError for a value that no nugget has.

    A nugget without a property does not pass a filter on it.
    """
    mask = np.ones(len(columns.nuggets), dtype=bool)
    for name, wanted in filters.named().items():
        mask &= _among(columns, name, wanted)
    if filters.skill:
        mask &= _teaches(columns, filters.skill)
    if filters.max_minutes is not None:
        with np.errstate(invalid="ignore"):  # an unknown duration is nan, and no comparison with it is true
            mask &= columns.seconds <= filters.max_minutes * MINUTE_S
    return mask


def _among(columns: NuggetColumns, name: str, wanted: Sequence[str]) -> Array:
    column = columns.named[name]
    there = [value for value in column.values if value]
    for value in wanted:
        if there and value not in there and name != "modality":  # modalities are fixed, and checked before
            raise unknown_value(name, value, there)
    return column.among(set(wanted))


def _teaches(columns: NuggetColumns, skill: str) -> Array:
    if columns.skills and skill not in columns.skills:
        raise unknown_value("skill", skill, sorted(columns.skills))
    return columns.mask(columns.skills.get(skill, NO_POSITIONS))


def unknown_value(name: str, value: str, there: Sequence[str]) -> InvalidInputError:
    """Return the error for a value that no nugget has."""
    return InvalidInputError(
        f"parameter {name}={shown(value)} matches no nugget; {name_values(value, there)}",
        path=name,
        code="unknown_value",
    )


def name_values(value: str, there: Sequence[str]) -> str:
    """Name the values that could be sent instead: the closest ones first where there are many."""
    if len(there) == 1:
        return f"there is {there[0]}"
    if len(there) <= MOST_NAMED:
        return f"there are {', '.join(there)}"
    near = get_close_matches(value, there, n=MOST_NAMED // 2, cutoff=0.4)
    named = [*near, *[one for one in there if one not in near]][:MOST_NAMED]
    return f"there are {', '.join(named)} and {len(there) - len(named)} more"
