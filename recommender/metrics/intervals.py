"""How certain a difference is: paired bootstrap over the learners (scipy.stats), with a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import bootstrap

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLES = 1000
SAMPLED_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % bootstrap interval over the learners."""

    mean: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Return whether both bounds lie on the same side of zero."""
        return self.low > 0 or self.high < 0


def paired_interval(ours: Array, theirs: Array, seed: int = 1, samples: int = SAMPLES) -> Interval:
    """Bound the mean of `ours - theirs`, one value a learner, both of the same learners in the same order."""
    difference = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    mean = round(float(difference.mean()), 6) if len(difference) else 0.0
    if len(difference) < 2:
        return Interval(mean, mean, mean)  # nothing to draw from
    # Learners are drawn, not single metrics: the two values of a learner belong together.
    found = bootstrap(
        (difference,),
        np.mean,
        n_resamples=samples,
        batch=max(1, SAMPLED_AT_ONCE // len(difference)),
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, round(float(found.low), 6), round(float(found.high), 6))
