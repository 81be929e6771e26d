"""What is taken after what: a Markov chain over the next few items, in one direction."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Array, Dataset
from recommender.models.pruning import largest_of_sparse

WINDOW = 3
FADING = 0.7
SHRINK = 1.0


def transitions(dataset: Dataset, rows: Array, kept: int) -> sp.csr_matrix:
    """Return I x I chances that the second item follows the first within the window, the largest of each row.

    `rows` are the positions of the interactions to learn from, each learner's together and in time order.
    """
    items, users = dataset.item_of[rows], dataset.user_of[rows]
    shape = (len(dataset.items), len(dataset.items))
    counts = sp.csr_matrix(shape, dtype=np.float32)
    for step in range(1, WINDOW + 1):
        same = users[step:] == users[:-step]
        weights = np.full(int(same.sum()), FADING ** (step - 1), dtype=np.float32)
        counts = counts + sp.csr_matrix((weights, (items[:-step][same], items[step:][same])), shape=shape)
    starts = np.asarray(counts.sum(axis=1)).ravel() + SHRINK
    return largest_of_sparse((sp.diags(1 / starts) @ counts).tocsr(), kept)
