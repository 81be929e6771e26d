"""Rates and their differences with intervals; learners are the units, as one learner's acts are not independent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Z_95 = NormalDist().inv_cdf(0.975)
SHUFFLES = 1000
SHUFFLED_AT_ONCE = 400_000
SEED = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """How many exposures of those `shown` had an effect, the rate, and its 95 % interval."""

    count: int
    shown: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The second rate minus the first, its 95 % interval, and the probability `p` of so large a one by chance."""

    difference: float
    low: float
    high: float
    p: float


def rate_of(counts: Array, shown: Array) -> Rate:
    """Return the rate over learners (an entry each) with Wilson's interval at the effective sample size.

    That is the number of independent trials which would have the variance seen between learners, at most the
    number of exposures; where nothing varies, it is the number of learners.
    """
    count, total = int(counts.sum()), int(shown.sum())
    if total == 0:
        return Rate(0, 0, 0.0, 0.0, 1.0)
    rate = count / total
    low, high = wilson(rate, min(float(total), _effective_size(counts, shown)))
    return Rate(count, total, rate, low, high)


def wilson(rate: float, size: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a rate of so many independent trials, which need not be a whole number."""
    # By hand: `proportion_ci` of scipy takes whole trials only, not an effective size.
    centre = (rate + Z_95**2 / (2 * size)) / (1 + Z_95**2 / size)
    half = Z_95 * math.sqrt(rate * (1 - rate) / size + Z_95**2 / (4 * size**2)) / (1 + Z_95**2 / size)
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))


def compare(first: tuple[Array, Array], second: tuple[Array, Array]) -> Difference | None:
    """Compare two groups of learners (counts and shown of each); None if one of them was shown nothing.

    `p` comes from a permutation test: learners were drawn into the groups, so they are shuffled between them.
    """
    if not (first[1].sum() and second[1].sum()):
        return None
    rates = [float(counts.sum() / shown.sum()) for counts, shown in (first, second)]
    difference = rates[1] - rates[0]
    error = math.sqrt(_variance(*first) + _variance(*second))
    low, high = max(-1.0, difference - Z_95 * error), min(1.0, difference + Z_95 * error)
    return Difference(difference, low, high, _chance(first, second))


def _variance(counts: Array, shown: Array) -> float:
    """Return the variance of a rate whose trials come in groups, one for each learner (ratio estimator)."""
    learners, total = len(shown), float(shown.sum())
    rate = float(counts.sum()) / total
    if learners < 2:
        return rate * (1 - rate)
    return float(np.square(counts - rate * shown).sum()) / total**2 * learners / (learners - 1)


def _effective_size(counts: Array, shown: Array) -> float:
    rate = float(counts.sum() / shown.sum())
    variance = _variance(counts, shown)
    if rate in (0.0, 1.0) or variance == 0.0:
        return float(len(shown))
    return rate * (1 - rate) / variance


def _chance(first: tuple[Array, Array], second: tuple[Array, Array]) -> float:
    """Return the p-value of a permutation test: how often random groups are as far apart as those observed."""
    from scipy.stats import permutation_test  # slow to import, and rarely needed

    if min(len(first[1]), len(second[1])) < 2:
        return 1.0  # one learner proves nothing
    counts, shown = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    learners = np.arange(len(shown))

    def distance(one: Array, other: Array, axis: int) -> Array:
        # Learners are permuted, not trials: each brings all that was shown to them. The other group is the rest.
        count, seen = (np.take(values, one).sum(axis=axis) for values in (counts, shown))
        rest = shown.sum() - seen
        apart = (counts.sum() - count) / np.maximum(rest, 1) - count / np.maximum(seen, 1)
        # Two-sided, hence the absolute value. A group that saw nothing has no rate, and is not far from the other.
        return np.where(np.minimum(seen, rest) > 0, np.abs(apart), 0.0)

    tested = permutation_test(
        (learners[: len(first[1])], learners[len(first[1]) :]),
        distance,
        vectorized=True,
        n_resamples=SHUFFLES,
        batch=max(1, SHUFFLED_AT_ONCE // len(learners)),
        alternative="greater",
        rng=np.random.default_rng(SEED),
    )
    return float(tested.pvalue)
