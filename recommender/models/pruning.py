"""Keeps only the largest links of each item: the others cost memory and add next to nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

Array = np.ndarray[Any, np.dtype[Any]]
ROWS_AT_ONCE = 500


def largest_of_dense(matrix: Array, kept: int) -> sp.csr_matrix:
    """Return the entries of a dense matrix that are largest in their row, whatever their sign."""
    kept = min(kept, matrix.shape[1])
    parts = [sp.csr_matrix((0, matrix.shape[1]), dtype=np.float32)]
    for start in range(0, len(matrix), ROWS_AT_ONCE):
        block = matrix[start : start + ROWS_AT_ONCE]
        columns = np.sort(np.argpartition(-np.abs(block), kept - 1, axis=1)[:, :kept], axis=1).ravel()
        rows = np.repeat(np.arange(len(block)), kept)
        values = block[rows, columns].astype(np.float32)
        parts.append(sp.csr_matrix((values, (rows, columns)), shape=block.shape))
    return _tidy(sp.vstack(parts, format="csr", dtype=np.float32))


def largest_of_sparse(matrix: sp.csr_matrix, kept: int) -> sp.csr_matrix:
    """Return the entries of a sparse matrix that are largest in their row, whatever their sign."""
    pruned = matrix.astype(np.float32)
    for row in range(pruned.shape[0]):
        values = pruned.data[pruned.indptr[row] : pruned.indptr[row + 1]]
        if len(values) > kept:
            values[np.argpartition(-np.abs(values), kept)[kept:]] = 0
    return _tidy(pruned)


def _tidy(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix
