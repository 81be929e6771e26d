"""The load cap: people who are suggested to many learners already come later, and beyond the cap much later.

Nobody is hidden: a person far better than all others is still suggested to those who have nobody else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
AT_CAP = 0.5
"""Which share of its score is left to a person shown to as many learners as the cap; below it, more in proportion."""


def spread_load(scores: Array, shown: Array, cap: int) -> Array:
    """Return scores lowered for people `shown` to many learners.

    Beyond the cap they fall with the square of the load: at twice the cap an eighth is left.
    """
    load = shown / cap
    below, beyond = 1 - (1 - AT_CAP) * load, AT_CAP / np.square(np.maximum(load, 1))
    return np.asarray(scores * np.where(load < 1, below, beyond))
