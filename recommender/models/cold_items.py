"""Nuggets that hardly anybody took are scored by what they are about: nuggets alike lend them their links."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.models.pruning import largest_of_sparse

Array = np.ndarray[Any, np.dtype[Any]]
LENDERS, SHARPNESS = 20, 2.0


def cold_items(features: sp.csr_matrix, popularity: Array, below: int) -> Array:
    """Return a mask of the items (features: items x features) that nobody took, or fewer learners if described."""
    described = np.diff(features.indptr) > 0
    return np.asarray(popularity < np.where(described, below, min(below, 1)))


def lenders(features: sp.csr_matrix, cold: Array) -> sp.csr_matrix:
    """Return cold items (a mask) x items: the shares in which others lend, by likeness squared; rows add up to 1."""
    warm = sp.diags((~cold).astype(np.float32))
    alike = largest_of_sparse((features[cold] @ features.T @ warm).tocsr(), LENDERS)
    alike.data **= SHARPNESS
    total = np.asarray(alike.sum(axis=1)).ravel()
    shares: sp.csr_matrix = (sp.diags(1 / np.where(total > 0, total, 1)) @ alike).tocsr().astype(np.float32)
    return shares


def lend_links(links: sp.csr_matrix, shares: sp.csr_matrix, cold: Array, kept: int) -> sp.csr_matrix:
    """Return items x items links in which those to cold items (a mask), `kept` at most, are means of the lenders'.

    There a lender is tied to itself too, as much as to its nearest: who took it may take what is like it.
    """
    if not cold.any():
        return links
    known = (links @ sp.diags((~cold).astype(np.float32))).tocsr()
    tied = known + sp.diags(known.max(axis=1).toarray().ravel())
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
