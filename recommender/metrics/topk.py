"""The best items of many learners at once, exactly, sorting only what can be among them."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def top_scores(scores: Array, k: int) -> Array:
    """Return learners x `k` positions of the largest scores (learners x items), largest first; of equal ones any.

    The best `k` are among the `k` groups of items with the largest maxima and what is left over of the groups.
    """
    learners, items = scores.shape
    k = min(k, items)
    size = int(np.sqrt(items / max(1, k)))
    if k == 0 or size < 2:
        return np.argsort(-scores, axis=1, kind="stable")[:, :k]
    groups = items // size
    maxima = scores[:, : groups * size].reshape(learners, size, groups).max(axis=1)
    chosen = np.argpartition(-maxima, k - 1, axis=1)[:, :k]
    members = (chosen[:, :, None] + groups * np.arange(size)).reshape(learners, k * size)
    left = np.broadcast_to(np.arange(groups * size, items), (learners, items - groups * size))
    positions = np.concatenate([members, left], axis=1)
    values = np.take_along_axis(scores, positions, axis=1)
    best = np.argpartition(-values, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(values, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(positions, np.take_along_axis(best, order, axis=1), axis=1)
