"""The two forms of a scorer that is linear in the past: links between items, or factors whose products are links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

Array = np.ndarray[Any, np.dtype[Any]]
Scorer = Callable[[Array], Array]
"""Takes the positions of learners in a dataset, returns learners x items scores."""


class PastLinks(Protocol):
    """The scores that P past items, at weight 1, add to I items."""

    def scores(self, weights: Array) -> Array:
        """Return the scores (I) that past items of these weights (P) give."""

    def to(self, items: Array) -> Array:
        """Return what each past item adds to K items (P x K)."""

    def mean(self, shares: Array) -> Array:
        """Return what each past item adds in the mean over the items, each counting its share (P)."""


class LinearScorer(Protocol):
    """Gives I items scores from a learner's past: the weighted sum of one row of I links a past item."""

    def scores(self, past: sp.csr_matrix) -> Array:
        """Return learners x I scores from learners x I weights of past items."""

    def of_past(self, past: Array) -> PastLinks:
        """Return the links of past items (positions)."""


@dataclass(frozen=True, slots=True)
class Links:
    """Links as a sparse matrix: a row of I scores for each of I past items."""

    matrix: sp.csr_matrix

    def scores(self, past: sp.csr_matrix) -> Array:
        """Return learners x I scores from learners x I weights of past items."""
        return np.asarray((past @ self.matrix).toarray())

    def of_past(self, past: Array) -> PastLinks:
        """Return the links of past items (positions)."""
        return _Rows(self.matrix[past])


@dataclass(frozen=True, slots=True)
class Factors:
    """Links as products of vectors, dense or sparse: `past` (I x D) of past items, `items` (I x D) of those scored."""

    past: Array | sp.csr_matrix
    items: Array | sp.csr_matrix

    def scores(self, past: sp.csr_matrix) -> Array:
        """Return learners x I scores from learners x I weights of past items."""
        scores: Array = np.asarray(self.items @ _dense(past @ self.past).T).T
        return scores

    def of_past(self, past: Array) -> PastLinks:
        """Return the links of past items (positions)."""
        return _Products(_dense(self.past[past]), self.items)


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: sp.csr_matrix

    def scores(self, weights: Array) -> Array:
        return np.asarray(self.rows.T @ weights)

    def to(self, items: Array) -> Array:
        """Search each row for the few items; scipy would read all links."""
        self.rows.sort_indices()  # free where they are sorted already, as they mostly are
        bounds, wanted = self.rows.indptr.tolist(), items.astype(self.rows.indices.dtype)
        links = np.zeros((len(bounds) - 1, len(items)), dtype=np.float32)
        for row, (start, end) in enumerate(pairwise(bounds)):
            columns = self.rows.indices[start:end]
            if len(columns):
                found = columns.searchsorted(wanted)
                there = columns.take(found, mode="clip") == wanted
                links[row, there] = self.rows.data[start + found[there]]
        return links

    def mean(self, shares: Array) -> Array:
        return np.asarray(self.rows @ shares)


@dataclass(frozen=True, slots=True)
class _Products:
    past: Array
    items: Array | sp.csr_matrix

    def scores(self, weights: Array) -> Array:
        return np.asarray(self.items @ (weights @ self.past))

    def to(self, items: Array) -> Array:
        added: Array = np.asarray(self.items[items] @ self.past.T).T
        return added

    def mean(self, shares: Array) -> Array:
        return np.asarray(self.past @ (self.items.T @ shares))


def _dense(matrix: Array | sp.csr_matrix) -> Array:
    return matrix if isinstance(matrix, np.ndarray) else np.asarray(matrix.toarray())
