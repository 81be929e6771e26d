"""Acquaintance: whom people know at first and second hand, by who did something for whom.

At second hand it is Adamic-Adar with memory: common contacts count, recent exchanges more, and those less who have
contacts everywhere. Pure functions; serving and evaluation use the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset.sparse import line_of

Array = np.ndarray[Any, np.dtype[Any]]
DAY_US = 86_400_000_000
HALF_LIFE_DAYS = 7.0
"""After this time an exchange counts half."""


@dataclass(frozen=True)
class Acquaintance:
    """Who exchanged with whom: `weights` (P x P, symmetric) are positive where two people did, more if lately."""

    weights: sp.csr_matrix

    @cached_property
    def contacts(self) -> Array:
        """Return with how many others each person exchanged."""
        return np.diff(self.weights.indptr)

    @cached_property
    def _rarity(self) -> Array:
        """Return how much a person counts as a common contact (Adamic, Adar 2003)."""
        return np.asarray(1 / np.log(np.maximum(self.contacts, 2)))

    @property
    def share(self) -> float:
        """Return which share of the people exchanged with anybody."""
        return float((self.contacts > 0).mean()) if len(self.contacts) else 0.0

    def met(self, person: int) -> Array:
        """Return a mask of those with whom a person exchanged."""
        return self._mask(line_of(self.weights, person)[0])

    def at_second_hand(self, person: int) -> Array:
        """Return a mask of those who exchanged with somebody with whom the person did."""
        found = [line_of(self.weights, other)[0] for other in line_of(self.weights, person)[0]]
        return self._mask(np.concatenate(found) if found else np.zeros(0, dtype=np.int64))

    def tellable(self, person: int, at_least: int) -> Array:
        """Return a mask of those of whom acquaintance may be told without telling who a third person is.

        Besides those met: people who exchanged with `at_least` so many others; for a person who did, all at second
        hand, too.
        """
        told = (self.contacts >= at_least) | self.met(person)
        return told | self.at_second_hand(person) if self.contacts[person] >= at_least else told

    def near(self, person: int) -> Array:
        """Return how near all people are to a person: from 0 to 1 among those met, and likewise among the others.

        So whoever was met does not hide the others.
        """
        own = self.weights[person]
        common = np.asarray((own.multiply(self._rarity) @ self.weights).todense()).ravel()
        common[person] = 0.0
        direct = np.asarray(own.todense()).ravel()
        common[direct > 0] = 0.0
        return np.asarray(_share(direct) + _share(common))

    def _mask(self, positions: Array) -> Array:
        mask = np.zeros(self.weights.shape[0], dtype=bool)
        mask[positions] = True
        return mask


def acquaintance(learners: Array, peers: Array, counts: Array, last_us: Array, people: int) -> Acquaintance:
    """Make the graph of `people` from acts: who acted towards whom (positions), how often, and when last (us)."""
    age = (last_us.max(initial=0) - last_us) / DAY_US
    # The floor keeps what is years old apart from what never was.
    acts = np.maximum(counts * 0.5 ** (age / HALF_LIFE_DAYS), 1e-9)
    one_way = sp.csr_matrix((acts, (learners, peers)), shape=(people, people))
    found = (one_way + one_way.T).tocsr()
    found.sum_duplicates()
    found.data = np.sqrt(found.data)  # the hundredth message between two says less than the second
    found.sort_indices()
    return Acquaintance(found)


def _share(values: Array) -> Array:
    return np.asarray(values / max(values.max(initial=0.0), 1e-12))
