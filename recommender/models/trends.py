"""What is used lately: counts of acts by item that lose half of their weight within each half-life.

Two of them are terms of the blend (recommender/models/blend.py): `recent`, popularity with a longer half-life, and
`trend`, with a shorter one. Counts at one time decay to those of a later time, to which what happened since is added.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
RECENT, TREND = "recent", "trend"
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
HALF_LIVES_S = (HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S, 14 * DAY_S, 60 * DAY_S, 180 * DAY_S)
ACTS_A_TIME = 20
FADED = 0.01
"""Counts below this hardly count; above it their logarithms do, so that a trend does not end all at once."""


def decayed_counts(item_of: Array, at_us: Array, items: int, moments_us: Array, half_life_s: float) -> Array:
    """Return moments x items: what the acts before each moment count then, one act 1/2 after a half-life.

    `item_of` and `at_us` say which item an act was about, and when; acts and moments are in any order.
    """
    by_time = np.argsort(at_us, kind="stable")
    item_of, at_us = item_of[by_time], at_us[by_time]
    counts = np.zeros(items)
    found = np.zeros((len(moments_us), items), dtype=np.float32)
    start, earlier = 0, int(moments_us.min(initial=0))
    for row in np.argsort(moments_us, kind="stable"):
        moment = int(moments_us[row])
        end = int(np.searchsorted(at_us, moment))
        counts = decay(counts, earlier, moment, half_life_s)
        if end > start:
            weights = _faded(moment - at_us[start:end], half_life_s)
            counts += np.bincount(item_of[start:end], weights, minlength=items)
        found[row] = counts
        start, earlier = end, moment
    return found


def decay(counts: Array, from_us: int, to_us: int, half_life_s: float) -> Array:
    """Return what counts at one time are worth at a later one; an earlier one leaves them as they are."""
    return np.asarray(counts * float(_faded(max(0, to_us - from_us), half_life_s)))


def values_of(counts: Array) -> Array:
    """Return the scores that counts give: logarithms, so that the few most used items do not hide all others."""
    return np.log1p(np.asarray(counts) / FADED)


def tells_time(at_us: Array) -> bool:
    """Return whether these are times of acts, not mere positions in an order, which many acts share."""
    return len(np.unique(at_us)) * ACTS_A_TIME >= len(at_us)


def half_lives(at_us: Array) -> tuple[float, ...]:
    """Return the half-lives (s) that acts at these times can tell apart: those shorter than their span."""
    if len(at_us) == 0 or not tells_time(at_us):
        return ()
    return tuple(one for one in HALF_LIVES_S if one < np.ptp(at_us) / 1e6)


def _faded(age_us: Any, half_life_s: float) -> Any:
    return np.exp2(np.asarray(age_us) / (-1e6 * half_life_s))
