"""Alternating least squares on implicit feedback (Hu, Koren, Volinsky 2008), with conjugate gradients, in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Dataset
from recommender.models.baselines import Scorer

Array = np.ndarray[Any, np.dtype[Any]]
GRADIENT_STEPS = 3
TINY = 1e-12


def als(
    dataset: Dataset,
    dimensions: int = 64,
    confidence: float = 10.0,
    regularisation: float = 1.0,
    sweeps: int = 15,
    seed: int = 1,
) -> Scorer:
    """Factorise who took what; an item taken counts `confidence` more than one not taken."""
    taken = dataset.taken()
    backwards = taken.T.tocsr()
    random = np.random.default_rng(seed)
    users, items = (
        random.normal(scale=0.01, size=(count, int(dimensions))).astype(np.float32) for count in taken.shape
    )
    for _ in range(int(sweeps)):
        users = _improve(taken, users, items, confidence, regularisation)
        items = _improve(backwards, items, users, confidence, regularisation)
    return lambda chosen: users[chosen] @ items.T


def _improve(
    taken: sp.csr_matrix, rows: Array, fixed: Array, confidence: float, regularisation: float
) -> Array:
    """Bring the factors of all rows nearer to their least squares, the columns' being fixed."""
    shared = fixed.T @ fixed + np.float32(regularisation) * np.eye(fixed.shape[1], dtype=np.float32)
    of = np.repeat(np.arange(taken.shape[0]), np.diff(taken.indptr))

    def apply(vectors: Array) -> Array:
        weighed = taken.copy()
        weighed.data = np.float32(confidence) * np.einsum("ij,ij->i", vectors[of], fixed[taken.indices])
        return np.asarray(vectors @ shared + weighed @ fixed)

    residual = (1 + np.float32(confidence)) * (taken @ fixed) - apply(rows)
    direction, length = residual, (residual**2).sum(axis=1, keepdims=True)
    for _ in range(GRADIENT_STEPS):
        bent = apply(direction)
        step = length / np.maximum((direction * bent).sum(axis=1, keepdims=True), TINY)
        rows, residual = rows + step * direction, residual - step * bent
        shorter = (residual**2).sum(axis=1, keepdims=True)
        direction, length = residual + shorter / np.maximum(length, TINY) * direction, shorter
    return rows
