"""The load cap: people who are suggested to many learners already come later, and from the cap on not at all."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
LOAD_WEIGHT = 0.3
"""Which share of its score a person loses on the way to the cap."""


def spread_load(scores: Array, shown: Array, cap: int) -> Array:
    """Return scores lowered by up to 30 % for people `shown` to many learners, and 0 from `cap` learners on."""
    return np.asarray(np.where(shown >= cap, 0.0, scores * (1 - LOAD_WEIGHT * shown / cap)))
