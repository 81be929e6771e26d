"""How sure a difference is: paired bootstrap over the learners, with a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLES = 1000
SAMPLED_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the bounds between which it lies in 95 of 100 samples of the learners."""

    mean: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Tell whether the bounds lie on the same side of zero."""
        return self.low > 0 or self.high < 0


def paired_interval(ours: Array, theirs: Array, seed: int = 1, samples: int = SAMPLES) -> Interval:
    """Bound the mean of `ours - theirs`, one value a learner; both must be of the same learners in the same order."""
    difference = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    if len(difference) == 0:
        return Interval(0.0, 0.0, 0.0)
    random = np.random.default_rng(seed)
    step = max(1, SAMPLED_AT_ONCE // len(difference))
    means = [
        difference[random.integers(len(difference), size=(min(step, samples - done), len(difference)))].mean(
            axis=1
        )
        for done in range(0, samples, step)
    ]
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return Interval(round(float(difference.mean()), 6), round(float(low), 6), round(float(high), 6))
