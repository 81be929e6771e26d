"""Boosts: what is added to a model's scores; each is one more contribution, so that reasons can name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.serving.nuggets.contributions import Contribution, Contributions
from recommender.serving.nuggets.scores import Scores

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Boost:
    """Values added to the scores, which may be negative (I).

    `kind` is popularity, wanted, needed, promised, disliked or backwards; `names` holds, by position, the skill that
    is wanted, or the nugget that needs this one.
    """

    kind: str
    values: Array
    names: Mapping[int, str] = field(default_factory=dict)


def add_boost(scores: Scores, boost: Boost) -> Scores:
    """Return the scores with the boost added; one of popularity is merged into the contribution of that name."""
    if not boost.values.any():
        return scores

    def contributions_of(items: Sequence[int]) -> list[Contributions]:
        own = [
            Contribution(boost.kind, boost.names.get(item, ""), float(boost.values[item])) for item in items
        ]
        return [
            _merge(before, one) if one.value else before
            for before, one in zip(scores.contributions_of(items), own, strict=True)
        ]

    return replace(scores, values=scores.values + boost.values, contributions_of=contributions_of)


def _merge(contributions: Contributions, own: Contribution) -> Contributions:
    """Add a contribution, or its value to the one of the same kind and name."""
    same = [one for one in contributions if one.kind == own.kind and one.name == own.name]
    if not same:
        return (*contributions, own)
    others = [one for one in contributions if one not in same]
    return (*others, own._replace(value=own.value + sum(one.value for one in same)))
