from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recommender.models.pruning import largest_of_dense, largest_of_sparse

ROWS = np.array([[0.1, -0.9, 0.5], [0.0, 0.2, 0.1]], dtype=np.float32)


def test_the_largest_of_a_dense_matrix_count_whatever_their_sign() -> None:
    kept = largest_of_dense(ROWS, 2).toarray()
    assert kept.tolist() == np.array([[0, -0.9, 0.5], [0, 0.2, 0.1]], dtype=np.float32).tolist()


def test_the_largest_of_a_sparse_matrix_count_whatever_their_sign() -> None:
    kept = largest_of_sparse(sp.csr_matrix(ROWS), 1)
    assert kept.indices.tolist() == [1, 1]


def test_none_may_be_kept() -> None:
    assert largest_of_sparse(sp.csr_matrix(np.abs(ROWS)), 0).nnz == 0


def test_wider_limits_keep_everything() -> None:
    assert np.array_equal(largest_of_dense(ROWS, 99).toarray(), ROWS)
