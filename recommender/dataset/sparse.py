"""One line of a sparse matrix as arrays: slicing with scipy takes as long as reading hundreds of lines this way."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

Array = np.ndarray[Any, np.dtype[Any]]


def line_of(matrix: sp.csr_matrix | sp.csc_matrix, position: int) -> tuple[Array, Array]:
    """Return the positions and the values stored in a row (of a CSC matrix: in a column)."""
    start, end = matrix.indptr[position : position + 2]
    return matrix.indices[start:end], matrix.data[start:end]
