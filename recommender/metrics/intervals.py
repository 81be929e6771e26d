"""How certain means, differences and ratios are: paired bootstrap over the learners (scipy.stats), a fixed seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import bootstrap

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLES, SEED = 1000, 1
SAMPLED_AT_ONCE = 4_000_000
SMALLEST = 1e-9
"""A ratio to nothing is a large number, not an error."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, difference or ratio and its 95 % bootstrap interval over the learners."""

    mean: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Return whether both bounds lie on the same side of zero."""
        return self.low > 0 or self.high < 0


def mean_interval(values: Array) -> Interval:
    """Bound the mean of one value a learner."""
    return _bounded((np.asarray(values, dtype=np.float64),), _mean)


def paired_interval(ours: Array, theirs: Array) -> Interval:
    """Bound the mean of `ours - theirs`, one value a learner, both of the same learners in the same order."""
    # Learners are drawn, not single metrics: the two values of a learner belong together.
    return mean_interval(np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64))


def ratio_interval(ours: Array, theirs: Array) -> Interval:
    """Bound the mean of `ours` over the mean of `theirs`, of the same learners in the same order."""
    return _bounded(tuple(np.asarray(one, dtype=np.float64) for one in (ours, theirs)), _ratio)


def median_ratio_interval(ours: Array, theirs: Array) -> Interval:
    """Bound the median of `ours` over the median of `theirs`, which were measured in pairs."""
    return _bounded(tuple(np.asarray(one, dtype=np.float64) for one in (ours, theirs)), _median_ratio)


def _mean(values: Array, axis: int = -1) -> Array:
    return np.asarray(values.mean(axis=axis))


def _ratio(ours: Array, theirs: Array, axis: int = -1) -> Array:
    return np.asarray(ours.mean(axis=axis) / np.maximum(theirs.mean(axis=axis), SMALLEST))


def _median_ratio(ours: Array, theirs: Array, axis: int = -1) -> Array:
    return np.asarray(np.median(ours, axis=axis) / np.maximum(np.median(theirs, axis=axis), SMALLEST))


def _bounded(values: tuple[Array, ...], statistic: Callable[..., Array]) -> Interval:
    learners = len(values[0])
    middle = round(float(statistic(*values)), 6) if learners else 0.0
    if learners < 2:
        return Interval(middle, middle, middle)  # nothing to draw from
    found = bootstrap(
        values,
        statistic,
        n_resamples=SAMPLES,
        batch=max(1, SAMPLED_AT_ONCE // learners),
        paired=True,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Interval(middle, round(float(found.low), 6), round(float(found.high), 6))
