"""Ranks that are promised: some nuggets are listed among the first n, whatever the model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
MIN_STEP = 0.01
"""Where others have the same score, promised ones are above them by this at least (standard deviations)."""


def nth_best(scores: Array, candidates: Array, rank: int) -> float:
    """Return the score of the candidate (a mask) at a rank, from 1; the lowest where there are fewer, 0 for none."""
    found = scores[candidates]
    if len(found) == 0:
        return 0.0
    place = max(0, len(found) - rank)
    return float(np.partition(found, place)[place])


def lifts_into_first(scores: Array, candidates: Array, promised: Sequence[int], ranks: int) -> Array:
    """Return what is added to each score (I) so that all `promised` candidates are among the best `ranks`.

    They come between those of the others that keep a rank before them and the first one that does not, the first
    promised one highest. One that is higher already keeps its score.
    """
    lifts = np.zeros(len(scores))
    others = candidates.copy()
    others[list(promised)] = False
    left = ranks - len(promised)
    if not promised or left < 0 or int(np.count_nonzero(others)) <= left:
        return lifts
    low = nth_best(scores, others, left + 1)
    high = nth_best(scores, others, left) if left else low + 1.0
    steps = np.arange(len(promised), 0, -1) / (len(promised) + 1)
    targets = low + steps * max(high - low, MIN_STEP)
    lifts[list(promised)] = np.maximum(0.0, targets - scores[list(promised)])
    return lifts


def keep_within(order: Sequence[int], promised: Sequence[int], ranks: int) -> list[int]:
    """Return an order in which all `promised` positions are among the first `ranks`; the others keep their order."""
    late = [one for one in promised if one not in order[:ranks]]
    head = list(order[:ranks])
    spare = [one for one in reversed(head) if one not in promised][: len(late)]
    kept = [one for one in head if one not in spare]
    return [*kept, *late, *reversed(spare), *(one for one in order[ranks:] if one not in late)]
