"""Acquaintance: whom people know at first and second hand, by a random walk on who did something for whom.

From each person the walk goes on to somebody that person exchanged with, the more often and the more lately the
likelier; now and then it starts again at the learner. Pure functions; serving and evaluation use the same.
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
HALF_LIFE_DAYS = 14.0
"""After this time an exchange weighs half."""
RESTART = 0.5
STEPS = 5


@dataclass(frozen=True)
class Acquaintance:
    """Who exchanged with whom: `weights` (P x P, symmetric) are positive where two people did."""

    weights: sp.csr_matrix

    @cached_property
    def contacts(self) -> Array:
        """Return with how many others each person exchanged."""
        return np.diff(self.weights.indptr)

    @cached_property
    def _onward(self) -> sp.csr_matrix:
        """Return the chance to go on from a person (column) to another (row)."""
        sums = np.asarray(self.weights.sum(axis=1)).ravel()
        return (sp.diags(1 / np.maximum(sums, 1e-12)) @ self.weights).T.tocsr()

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

    def near(self, person: int) -> Array:
        """Return how near all people are to a person: from 0 to 1 among those met, and likewise among the others.

        So whoever was met does not hide the others.
        """
        start = np.zeros(self.weights.shape[0])
        start[person] = 1.0
        chances = start
        for _ in range(STEPS):
            chances = (1 - RESTART) * (self._onward @ chances) + RESTART * start
        chances[person] = 0.0
        met = self.met(person)
        for some in (met, ~met):
            chances[some] /= max(chances[some].max(initial=0.0), 1e-12)
        return np.asarray(chances)

    def _mask(self, positions: Array) -> Array:
        mask = np.zeros(self.weights.shape[0], dtype=bool)
        mask[positions] = True
        return mask


def acquaintance(learners: Array, peers: Array, counts: Array, last_us: Array, people: int) -> Acquaintance:
    """Make the graph of `people` from acts: who acted towards whom (positions), how often, and when last (us)."""
    age = (last_us.max(initial=0) - last_us) / DAY_US
    # The floor keeps what is years old apart from what never was.
    weights = np.maximum(counts * 0.5 ** (age / HALF_LIFE_DAYS), 1e-9)
    one_way = sp.csr_matrix((weights, (learners, peers)), shape=(people, people))
    found = (one_way + one_way.T).tocsr()
    found.sum_duplicates()
    found.sort_indices()
    return Acquaintance(found)
