"""Links from items to those taken after them: a Markov chain over the next few items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Array, Dataset
from recommender.models.pruning import largest_of_sparse

STEP_WEIGHTS = (1.0, 0.7, 0.7**2)
SHRINK = 1.0


def transitions(dataset: Dataset, rows: Array, kept: int) -> sp.csr_matrix:
    """Return I x I chances that the second item follows the first within three steps, the largest of each row.

    `rows` are the positions of the interactions to learn from, each learner's together and in time order.
    """
    return largest_of_sparse(transition_chances(dataset, rows, STEP_WEIGHTS, SHRINK), kept)


def transition_chances(
    dataset: Dataset, rows: Array, step_weights: Sequence[float], shrink: float
) -> sp.csr_matrix:
    """Return all I x I chances: `step_weights` say what following 1, 2, ... steps later counts.

    `shrink` is added to what follows each item, so that items seen a few times give no large chances.
    """
    counts = _count_followers(dataset, rows, step_weights)
    starts = np.asarray(counts.sum(axis=1)).ravel() + shrink
    return (sp.diags(1 / np.maximum(starts, 1e-9)) @ counts).tocsr()


def _count_followers(dataset: Dataset, rows: Array, step_weights: Sequence[float]) -> sp.csr_matrix:
    items, users = dataset.item_of[rows], dataset.user_of[rows]
    shape = (len(dataset.items), len(dataset.items))
    counts = sp.csr_matrix(shape, dtype=np.float32)
    for step, weight in enumerate(step_weights, start=1):
        # Interactions are grouped by learner: a pair `step` apart is one only where both belong to the same.
        same = users[step:] == users[:-step]
        weights = np.full(int(same.sum()), weight, dtype=np.float32)
        counts = counts + sp.csr_matrix((weights, (items[:-step][same], items[step:][same])), shape=shape)
    return counts
