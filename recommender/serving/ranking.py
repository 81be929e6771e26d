"""The best of the candidates, in a fixed order when scores are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def rank(scores: Array, candidates: Array, popularity: Array, limit: int) -> Array:
    """Return the positions of the best `limit` candidates; ties go to the more popular, then the first id."""
    positions = np.flatnonzero(candidates)
    if len(positions) > 4 * limit:
        best = np.argpartition(-scores[positions], 2 * limit)[: 2 * limit]
        threshold = scores[positions[best]].min()
        positions = positions[scores[positions] >= threshold]
    order = np.lexsort((positions, -popularity[positions], -scores[positions]))
    return np.asarray(positions[order[:limit]])
