"""Links between items taken together: EASE (Steck 2019) where its matrix fits in memory, else item-kNN."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from recommender.config import TrainingSettings
from recommender.models.pruning import ROWS_AT_ONCE, largest_of_dense, largest_of_sparse

Array = np.ndarray[Any, np.dtype[Any]]
SHRINK = 10.0


def cooccurrence(taken: sp.csr_matrix, settings: TrainingSettings) -> sp.csr_matrix:
    """Return I x I links, the largest of each row, from learners x I of what was taken (ones)."""
    if taken.shape[1] <= settings.ease_items:
        return largest_of_dense(ease_links(taken, settings.ease_regularisation), settings.neighbours)
    return knn_links(taken, settings.neighbours, SHRINK)


def ease_links(taken: sp.csr_matrix, regularisation: float) -> Array:
    """Return EASE: the ridge regression of each item on all others (I x I, dense, float32)."""
    gram = np.asarray((taken.T @ taken).toarray(), dtype=np.float32)
    gram[np.diag_indices_from(gram)] += np.float32(regularisation)
    inverse = _inverse(gram)
    # Steck 2019, equation 8: the weights are -P[i, j] / P[j, j], with P the inverse and nothing on the diagonal.
    inverse /= -np.diag(inverse).copy()
    np.fill_diagonal(inverse, 0)
    links: Array = inverse
    return links


def knn_links(taken: sp.csr_matrix, neighbours: int, shrink: float) -> sp.csr_matrix:
    """Return I x I cosines, the largest of each row; `shrink` lowers those that few learners speak for."""
    lengths = np.sqrt(np.asarray(taken.sum(axis=0)).ravel())
    by_item = taken.T.tocsr()
    parts = []
    for start in range(0, taken.shape[1], ROWS_AT_ONCE):  # a block of rows at a time: all cosines may not fit
        together = (by_item[start : start + ROWS_AT_ONCE] @ taken).tocsr()
        rows = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr)) + start
        together.data /= lengths[rows] * lengths[together.indices] + shrink
        together.data[rows == together.indices] = 0
        parts.append(largest_of_sparse(together, neighbours))
    return sp.vstack(parts, format="csr", dtype=np.float32)


def _inverse(gram: Array) -> Array:
    """Invert a symmetric matrix (float32) by Cholesky, in less than half the time that any matrix takes."""
    factor, failed = lapack.spotrf(gram, lower=1)
    lower, unsolved = lapack.spotri(factor, lower=1) if not failed else (gram, failed)
    if failed or unsolved:
        return np.linalg.inv(gram)
    # LAPACK fills the lower triangle only; the upper one is its mirror image.
    inverse: Array = np.tril(lower)
    inverse += np.tril(lower, -1).T
    return inverse
