"""Nuggets that hardly anybody took are scored by what they are about: nuggets alike lend them their links."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.scorers.pruning import largest_of_sparse

Array = np.ndarray[Any, np.dtype[Any]]
LENDERS = 10
CAUTION = 1.0


def cold_items(features: sp.csr_matrix, popularity: Array, below: int) -> Array:
    """Return a mask of the items (features: items x features) that nobody took, or fewer learners if described."""
    described = np.diff(features.indptr) > 0
    return np.asarray(popularity < np.where(described, below, min(below, 1)))


def lend_links(links: sp.csr_matrix, features: sp.csr_matrix, cold: Array) -> sp.csr_matrix:
    """Return items x items links in which those to cold items (a mask) are means of those to items alike.

    The means lean towards 0 where nothing is much alike.
    """
    if not cold.any():
        return links
    warm = sp.diags((~cold).astype(np.float32))
    alike = largest_of_sparse((features[cold] @ features.T @ warm).tocsr(), LENDERS)
    total = np.asarray(alike.sum(axis=1)).ravel() + CAUTION
    lent = (links @ (sp.diags(1 / total) @ alike).T).tocoo()
    columns = np.flatnonzero(cold)[lent.col]
    added = sp.csr_matrix((lent.data, (lent.row, columns)), shape=links.shape)
    lending = (links @ warm + added).tocsr().astype(np.float32)
    lending.sort_indices()
    return lending
