"""Items that hardly anybody took are scored by their features: similar items lend them links and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.models.pruning import largest_of_dense, largest_of_sparse

Array = np.ndarray[Any, np.dtype[Any]]
LENDERS, SHARPNESS = 20, 2.0
ROWS_AT_ONCE = 128


def cold_items(features: sp.csr_matrix, popularity: Array, below: int) -> Array:
    """Return a mask of the cold items: those that fewer than `below` learners took.

    An item without features (`features`: items x features) is cold only where nobody took it, because it has
    no similar items to borrow from.
    """
    described = np.diff(features.indptr) > 0
    return np.asarray(popularity < np.where(described, below, min(below, 1)))


def lenders(
    features: sp.csr_matrix, cold: Array, borrowing: Array | None = None, meanings: Array | None = None
) -> sp.csr_matrix:
    """Return cold items (a mask) x items: the shares in which the 20 most similar warm items lend; rows add up to 1.

    With `borrowing`, a mask of some of the cold items, the rows are theirs. `meanings` (items x dimensions, of length
    1 or 0) count as much as `features`.
    """
    rows = np.flatnonzero(cold if borrowing is None else borrowing)
    if meanings is not None and meanings.size:
        similar = _similar_in_both(features, meanings, rows, cold)
    else:
        warm = sp.diags((~cold).astype(np.float32))
        similar = largest_of_sparse((features[rows] @ features.T @ warm).tocsr(), LENDERS)
    # Squared, the few nearest outweigh the many that share a common word (measured: docs/decisions/0009).
    similar.data **= SHARPNESS
    total = np.asarray(similar.sum(axis=1)).ravel()
    scale = sp.diags(1 / np.where(total > 0, total, 1))
    shares: sp.csr_matrix = (scale @ similar).tocsr().astype(np.float32)
    return shares


def _similar_in_both(features: sp.csr_matrix, meanings: Array, rows: Array, cold: Array) -> sp.csr_matrix:
    """Return the 20 warm items most like each of these items (positions), in features and meaning together.

    A few rows at once: in meaning every item is somewhat like every other, so nothing is sparse.
    """
    parts = [sp.csr_matrix((0, len(cold)), dtype=np.float32)]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        alike = (features[some] @ features.T).toarray() + np.maximum(0, meanings[some] @ meanings.T)
        alike[:, cold] = 0
        parts.append(largest_of_dense(alike, LENDERS))
    return sp.vstack(parts, format="csr")


def lend_links(links: sp.csr_matrix, shares: sp.csr_matrix, cold: Array, kept: int) -> sp.csr_matrix:
    """Return items x items links in which those to cold items (a mask), `kept` at most, are means of the lenders'.

    A lender's link to itself, which no links have, counts as much as that to its nearest item: a learner who
    took the lender may take what is similar to it.
    """
    if not cold.any():
        return links
    known = (links @ sp.diags((~cold).astype(np.float32))).tocsr()
    tied = known + sp.diags(known.max(axis=1).toarray().ravel())
    # Row c of shares @ tied.T holds what each past item says of cold item c. It becomes column c of the links.
    lent = largest_of_sparse((shares @ tied.T).tocsr(), kept).tocoo()
    columns = np.flatnonzero(cold)[lent.row]
    added = sp.csr_matrix((lent.data, (lent.col, columns)), shape=links.shape)
    lending = (known + added).tocsr().astype(np.float32)
    lending.sort_indices()
    return lending


def lend_vectors(vectors: Array, shares: sp.csr_matrix, cold: Array) -> Array:
    """Return items x dimensions in which cold items (a mask) have means of the lenders'; their own without any."""
    found = np.diff(shares.indptr) > 0
    lent: Array = vectors.copy()
    lent[np.flatnonzero(cold)[found]] = shares[found] @ vectors
    return lent
