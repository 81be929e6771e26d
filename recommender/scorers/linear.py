"""The two forms of a scorer that is linear in the past: links between items, and factors that make them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

Array = np.ndarray[Any, np.dtype[Any]]


class PastLinks(Protocol):
    """What P past items add, at weight 1, to the scores of items."""

    def to(self, item: int) -> Array:
        """Return what each past item adds to one item (P)."""

    def mean(self, candidates: Array) -> Array:
        """Return what each past item adds in the mean over the candidates, a mask of the items (P)."""


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
        return _Rows(self.matrix[past].tocsc())


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
        if isinstance(self.items, np.ndarray):
            return _Products(_dense(self.past[past]), self.items)
        return _SparseProducts(_dense(self.past[past]), self.items)


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: sp.csc_matrix

    def to(self, item: int) -> Array:
        start, end = self.rows.indptr[item : item + 2]
        column = np.zeros(self.rows.shape[0], dtype=np.float32)
        column[self.rows.indices[start:end]] = self.rows.data[start:end]
        return column

    def mean(self, candidates: Array) -> Array:
        return np.asarray(self.rows @ _share(candidates))


@dataclass(frozen=True, slots=True)
class _Products:
    past: Array
    items: Array

    def to(self, item: int) -> Array:
        return np.asarray(self.past @ self.items[item])

    def mean(self, candidates: Array) -> Array:
        return np.asarray(self.past @ (_share(candidates) @ self.items))


@dataclass(frozen=True, slots=True)
class _SparseProducts:
    past: Array
    items: sp.csr_matrix

    def to(self, item: int) -> Array:
        start, end = self.items.indptr[item : item + 2]
        return np.asarray(self.past[:, self.items.indices[start:end]] @ self.items.data[start:end])

    def mean(self, candidates: Array) -> Array:
        return np.asarray(self.past @ np.asarray(self.items.T @ _share(candidates)).ravel())


def _share(candidates: Array) -> Array:
    share: Array = candidates.astype(np.float32) / np.float32(max(1, int(candidates.sum())))
    return share


def _dense(matrix: Array | sp.csr_matrix) -> Array:
    return matrix if isinstance(matrix, np.ndarray) else np.asarray(matrix.toarray())
