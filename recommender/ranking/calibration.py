"""Calibrated lists: the shares of skills and modalities in a list stay near those that are wanted (Steck 2018)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
SMOOTHING = 0.01
"""A list counts as if this share of it were as wanted, so that what is missing in it costs much, but not endlessly."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What a list should be made of: `wanted` (C) are shares above 0, those of each kind add up to 1.

    `parts` returns, for K positions, which share of each nugget belongs to what is wanted (K x C). `weight` is how
    much it counts, where 1 is the distance from the lowest score to the highest.
    """

    wanted: Array
    parts: Callable[[Array], Array]
    weight: float


class Shares:
    """The shares of a list that grows: what it costs to add a nugget, in the Kullback-Leibler divergence."""

    def __init__(self, balance: Balance, pool: Array) -> None:
        self._wanted = balance.wanted
        self._parts = (1.0 - SMOOTHING) * balance.parts(pool)
        self._counted = np.zeros(len(balance.wanted))
        self._size = 1
        self._weight = balance.weight

    def costs(self) -> Array:
        """Return, for each nugget of the pool, how far the list with it would be from what is wanted."""
        mixed = (self._parts + self._counted) / self._size + SMOOTHING * self._wanted
        # The divergence is sum(wanted * log(wanted / mixed)); what all nuggets have in common is left out.
        costs: Array = -self._weight * (np.log(mixed) @ self._wanted)
        return costs

    def add(self, chosen: int) -> None:
        """Add a nugget of the pool to the list."""
        self._counted += self._parts[chosen]
        self._size += 1
