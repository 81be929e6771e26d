"""Topics and nuggets: what rises, where people get stuck, how far they come, what they like."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from recommender.insights.counting import Asked, attribute
from recommender.insights.floors import Tallies, Tally
from recommender.insights.pairs import (
    BEGAN,
    COMPLETE,
    DONE,
    FIRST_TENTH,
    GAVE_UP,
    LATELY,
    LIKED,
    TOLD,
    TOLD_PART,
    pairs_of_window,
)
from recommender.online.statistics import Z_95
from schemas.floors import rounded

Array = np.ndarray[Any, np.dtype[Any]]
TENTHS = tuple(range(10, COMPLETE + 1, 10))


@dataclass(frozen=True, slots=True)
class Growth:
    """How many times as many learners as before, with the 95 % interval."""

    ratio: float
    low: float
    high: float


def measure_growth(now: int, before: int) -> Growth | None:
    """Compare two counts of learners; None without any in one of the times.

    Both counts vary as rare events do (Poisson), so the logarithm of their ratio varies by 1/now + 1/before. The same
    learners in both times make the true variance smaller, so the interval errs to the safe side.
    """
    if not (now and before):
        return None
    ratio, error = now / before, Z_95 * math.sqrt(1 / now + 1 / before)
    return Growth(ratio, ratio * math.exp(-error), ratio * math.exp(error))


def rising(asked: Asked) -> Tallies:
    """Compare how many people were active on each skill with the window before; only what surely rises is told.

    Numbers are rounded before they are compared: a ratio of exact ones would tell of one person more or less.
    """
    skills, counts = attribute(asked.organisation, "skill"), []
    for one in (asked, asked.before()):
        pairs = pairs_of_window(one)
        found = pairs.by_group(pairs.where(lambda words: words & LIKED != 0), skills)
        counts.append({(label,): some for label, some in zip(skills.labels, found, strict=True)})
    now, before = counts
    tallies: dict[tuple[str, ...], dict[str, Tally]] = {(): {}}
    for labels, people in now.items():
        earlier = before.get(labels, 0)
        growth = measure_growth(rounded(people), rounded(earlier))
        if growth and growth.low > 1:
            told = Tally(people, earlier, value=growth.ratio, low=growth.low, high=growth.high)
            tallies[labels] = {"rise": told, "people": Tally(people)}
    return tallies


def stuck(asked: Asked) -> Tallies:
    """Count by nugget who began it, and who of them failed, gave up or left it and did not complete it."""
    pairs = pairs_of_window(asked)
    began = pairs.where(lambda words: words & (BEGAN | GAVE_UP) != 0)
    is_stuck = pairs.where(_is_stuck)
    total = Tally(pairs.all_people(is_stuck), pairs.all_people(began))
    some, of = _by_nugget(asked, pairs.by_item(is_stuck)), _by_nugget(asked, pairs.by_item(began))
    return {(): {"stuck": total}, **{label: {"stuck": Tally(some[label], of[label])} for label in of}}


def _is_stuck(words: Array) -> Array:
    is_left = (words & GAVE_UP != 0) | ((words & BEGAN != 0) & (words & LATELY == 0))
    return np.asarray(is_left & (words & DONE == 0))


def drop_off(asked: Asked) -> Tallies:
    """Count by nugget who started it, and who reached each tenth of it; who completed it reached all.

    Only nuggets that report progress on the way: one that tells only that it was finished says nothing of the rest.
    """
    pairs = pairs_of_window(asked)
    told = pairs.by_item(pairs.where(lambda words: words & TOLD_PART != 0)) > 0
    of = _by_nugget(
        asked, told * pairs.by_item(pairs.where(lambda words: words & (DONE | TOLD | BEGAN) != 0))
    )
    counts = {
        f"reached_{tenth}": _by_nugget(asked, pairs.by_item(pairs.where(partial(_reached, tenth=tenth))))
        for tenth in TENTHS
    }
    return {label: {name: Tally(people[label], of[label]) for name, people in counts.items()} for label in of}


def _reached(words: Array, tenth: int) -> Array:
    return np.asarray(words & (1 << FIRST_TENTH + tenth // 10 - 1) != 0)


def _by_nugget(asked: Asked, counts: Array) -> Counter[tuple[str, ...]]:
    """Return counts by nugget without those of 0; private nuggets and those outside the catalogue are left out."""
    groups = attribute(asked.organisation, "nugget")
    rows, codes = groups.expand(np.flatnonzero(counts))
    found = counts[np.flatnonzero(counts)[rows]]
    return Counter({(groups.labels[code],): int(one) for code, one in zip(codes, found, strict=True)})


def pairs_with(acts: Array) -> Array:
    """Return one number for each pair of a person and a nugget."""
    return np.asarray(acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64))
