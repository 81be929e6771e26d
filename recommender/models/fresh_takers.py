"""What learners took since a training: it counts in popularity, and new items borrow from what is taken with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.models.cold_items import lend_links, lend_vectors
from recommender.models.pruning import largest_of_sparse
from recommender.models.trained_model import TrainedModel

Array = np.ndarray[Any, np.dtype[Any]]
Takers = Mapping[str, Mapping[str, int]]
"""For items, who took each now: learners with 1 (taken) or 2 (completed)."""
LENDERS = 20


def with_takers(model: TrainedModel, takers: Takers) -> TrainedModel:
    """Return the model with these items taken by exactly these learners, whatever the training knew of them.

    An item that was cold in the training and is not any more is lent links and vectors by the items that its
    takers took, and the bias of items that are as popular.
    """
    found = {model.item_index[name]: who for name, who in takers.items() if name in model.item_index}
    if not found:
        return model
    positions = np.array(list(found), dtype=np.int64)
    counts = np.array([len(who) for who in found.values()], dtype=model.popularity.dtype)
    popularity = model.popularity.copy()
    popularity[positions] = counts
    lost = positions[counts < model.popularity[positions]]
    fresh = replace(
        model,
        popularity=popularity,
        known=_with_columns(model.known, found, model.user_index),
        segment_popularity=_without_columns(model.segment_popularity, lost),
    )
    warm = np.flatnonzero(model.cold & ~fresh.cold)
    return _warmed(fresh, warm, ~model.cold) if len(warm) else fresh


def _warmed(model: TrainedModel, warm: Array, lending: Array) -> TrainedModel:
    """Lend to the items at the positions `warm` what those in the mask `lending` were trained to."""
    shares = _shares(model.known_by_item, warm, lending)
    mask = np.zeros(len(model.items), dtype=bool)
    mask[warm] = True
    links = lend_links(model.cooccurrence, shares, mask, model.settings.neighbours)
    biases = model.item_biases.copy()
    biases[warm] = _biases_of_the_popular(model, warm, lending)
    return replace(
        model,
        cooccurrence=_with_rows(links, warm, shares @ links),
        item_embeddings=lend_vectors(model.item_embeddings, shares, mask),
        history_embeddings=lend_vectors(model.history_embeddings, shares, mask),
        item_biases=biases,
    )


def _shares(known: sp.csc_matrix, warm: Array, lending: Array) -> sp.csr_matrix:
    """Return warm x items: the shares of the items taken by the same learners (cosine); rows add up to 1 or 0."""
    took = known.astype(bool).astype(np.float32)
    lengths = np.sqrt(np.maximum(1, np.diff(took.indptr)))
    together = (took[:, warm].T @ took).tocsr() @ sp.diags((lending / lengths).astype(np.float32))
    shares = largest_of_sparse(together.tocsr(), LENDERS)
    total = np.asarray(shares.sum(axis=1)).ravel()
    scaled: sp.csr_matrix = (sp.diags(1 / np.where(total > 0, total, 1)) @ shares).tocsr().astype(np.float32)
    return scaled


def _biases_of_the_popular(model: TrainedModel, warm: Array, lending: Array) -> Array:
    """Return for each warm item the mean bias of the trained items that are nearest in popularity."""
    trained = np.flatnonzero(lending)
    if not len(trained):
        return np.zeros(len(warm), dtype=model.item_biases.dtype)
    far = np.abs(np.log1p(model.popularity[trained])[None, :] - np.log1p(model.popularity[warm])[:, None])
    nearest = np.argsort(far, axis=1, kind="stable")[:, :LENDERS]
    return np.asarray(model.item_biases[trained[nearest]].mean(axis=1))


def _with_columns(
    known: sp.csr_matrix, found: Mapping[int, Mapping[str, int]], users: Mapping[str, int]
) -> sp.csr_matrix:
    """Return learners x items with these columns replaced."""
    cells = [
        (users[user], item, degree)
        for item, who in found.items()
        for user, degree in who.items()
        if user in users
    ]
    rows, columns, data = zip(*cells, strict=True) if cells else ((), (), ())
    new = sp.csr_matrix((np.array(data, dtype=known.dtype), (rows, columns)), shape=known.shape)
    return (_without_columns(known, list(found)) + new).tocsr()


def _with_rows(links: sp.csr_matrix, rows: Array, values: sp.csr_matrix) -> sp.csr_matrix:
    """Return items x items with these rows replaced, without links of an item to itself."""
    kept = np.ones(links.shape[0], dtype=np.float32)
    kept[rows] = 0
    added = values.tocoo()
    own = rows[added.row] == added.col
    at = (added.data[~own], (rows[added.row[~own]], added.col[~own]))
    whole: sp.csr_matrix = (sp.diags(kept) @ links + sp.csr_matrix(at, shape=links.shape)).tocsr()
    whole.sort_indices()
    return whole.astype(np.float32)


def _without_columns(matrix: sp.csr_matrix, columns: Sequence[int] | Array) -> sp.csr_matrix:
    kept = np.ones(matrix.shape[1], dtype=np.float32)
    kept[np.asarray(columns, dtype=np.int64)] = 0
    without = (matrix @ sp.diags(kept)).tocsr().astype(matrix.dtype)
    without.eliminate_zeros()
    without.sort_indices()
    return without
