"""Rates with honest intervals: what one learner is shown belongs together, so learners are what is counted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Z_95 = 1.959964
SHUFFLES = 1000
SEED = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of what was `shown` had an effect, the rate, and its 95 % interval."""

    count: int
    shown: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much the second rate is above the first, its 95 % interval, and the chance of so much without cause."""

    difference: float
    low: float
    high: float
    p: float


def rate_of(counts: Array, shown: Array) -> Rate:
    """Return the rate over learners (one entry each), by Wilson's interval at the effective sample size.

    The effective size is that of independent trials with the variance seen between learners, and never more
    than what was shown; where nothing varies, it is the number of learners.
    """
    count, total = int(counts.sum()), int(shown.sum())
    if total == 0:
        return Rate(0, 0, 0.0, 0.0, 1.0)
    rate = count / total
    size = min(float(total), _effective_size(counts, shown))
    centre = (rate + Z_95**2 / (2 * size)) / (1 + Z_95**2 / size)
    half = Z_95 * math.sqrt(rate * (1 - rate) / size + Z_95**2 / (4 * size**2)) / (1 + Z_95**2 / size)
    return Rate(count, total, rate, max(0.0, centre - half), min(1.0, centre + half))


def compare(first: tuple[Array, Array], second: tuple[Array, Array]) -> Difference | None:
    """Compare two groups of learners (counts and shown each); None where one of them saw nothing.

    `p` is that of a randomisation test: learners were drawn into the groups, so they are shuffled between them.
    """
    if not (first[1].sum() and second[1].sum()):
        return None
    rates = [float(counts.sum() / shown.sum()) for counts, shown in (first, second)]
    difference = rates[1] - rates[0]
    error = math.sqrt(_variance(*first) + _variance(*second))
    low, high = max(-1.0, difference - Z_95 * error), min(1.0, difference + Z_95 * error)
    return Difference(difference, low, high, _chance(first, second, abs(difference)))


def _variance(counts: Array, shown: Array) -> float:
    """Return the variance of a rate whose trials come in groups, one a learner (ratio estimator)."""
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


def _chance(first: tuple[Array, Array], second: tuple[Array, Array], least: float) -> float:
    counts, shown = (np.concatenate(pair).astype(np.float64) for pair in zip(first, second, strict=True))
    random = np.random.default_rng(SEED)
    as_far = 0
    for _ in range(SHUFFLES):
        order = random.permutation(len(shown))
        one, other = order[: len(first[1])], order[len(first[1]) :]
        seen = shown[one].sum(), shown[other].sum()
        if min(seen) == 0:
            continue
        far = abs(counts[other].sum() / seen[1] - counts[one].sum() / seen[0])
        as_far += bool(far >= least - 1e-12)
    return (as_far + 1) / (SHUFFLES + 1)
