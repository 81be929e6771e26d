"""Topics and nuggets: what rises, where people get stuck, how far they come, what they like."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.insights.counting import Asked, Split
from recommender.insights.floors import Tallies, Tally
from recommender.insights.networks import positions_of
from recommender.insights.rollups import COMPLETED, FAILED, NO_PROGRESS, PRIVATE
from recommender.interactions.unfinished import STARTED
from recommender.online.statistics import Z_95
from schemas.floors import rounded

Array = np.ndarray[Any, np.dtype[Any]]
LEFT_DAYS = 30
"""A nugget that was begun and not touched for so long was left."""
GAVE_UP, BEGAN, DONE, LATELY = 1, 2, 4, 8
"""What the acts of a person on a nugget say together."""
COMPLETE = 100
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
    counts = []
    for one in (asked, asked.before()):
        acts = one.active()
        found = one.split(acts)
        counts.append(dict(zip(found.labels, found.people(acts), strict=True)))
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
    acts = _open_acts(asked)
    gave_up = (acts["flags"] & FAILED != 0) | _has_verb(asked, acts, {"abandoned"})
    began = gave_up | _has_verb(asked, acts, STARTED)
    marks = GAVE_UP * gave_up | BEGAN * began | DONE * (acts["flags"] & COMPLETED != 0)
    marks |= LATELY * (acts["day"] >= asked.until - LEFT_DAYS)
    pairs, found = join_pairs(acts, marks, np.bitwise_or)
    pairs, found = pairs[found & BEGAN != 0], found[found & BEGAN != 0]
    is_left = (found & GAVE_UP != 0) | (found & LATELY == 0)
    is_stuck = is_left & (found & DONE == 0)
    groups = asked.split(pairs)
    everybody = np.ones(len(pairs), dtype=bool)
    rows = zip(groups.labels, _sizes(groups, is_stuck), _sizes(groups, everybody), strict=True)
    total = Tally(_people(pairs, is_stuck), len(np.unique(pairs["person"])))
    return {(): {"stuck": total}, **{labels: {"stuck": Tally(some, of)} for labels, some, of in rows if of}}


def drop_off(asked: Asked) -> Tallies:
    """Count by nugget who started it, and who reached each tenth of it; who completed it reached all.

    Only nuggets that report progress on the way: one that tells only that it was finished says nothing of the rest.
    """
    acts = _open_acts(asked)
    acts = acts[np.isin(acts["item"], np.unique(acts["item"][acts["progress"] < COMPLETE]))]
    known, is_done = acts["progress"] != NO_PROGRESS, acts["flags"] & COMPLETED != 0
    progress = np.where(is_done, COMPLETE, np.where(known, acts["progress"], 0)).astype(np.int64)
    is_started = is_done | known | _has_verb(asked, acts, STARTED)
    pairs, reached = join_pairs(acts[is_started], progress[is_started], np.maximum)
    groups = asked.split(pairs)
    of = _sizes(groups, np.ones(len(pairs), dtype=bool))
    counts = {f"reached_{tenth}": _sizes(groups, reached >= tenth) for tenth in TENTHS}
    return {
        labels: {name: Tally(people[at], of[at]) for name, people in counts.items()}
        for at, labels in enumerate(groups.labels)
        if of[at]
    }


def join_pairs(acts: Array, values: Array, join: np.ufunc) -> tuple[Array, Array]:
    """Return one row for each pair of a person and a nugget, and the values of its acts joined."""
    if not len(acts):
        return acts, values
    pairs = pairs_with(acts)
    order = np.argsort(pairs, kind="stable")
    starts = np.flatnonzero(np.diff(pairs[order], prepend=-1))
    return acts[order[starts]], join.reduceat(values[order], starts)


def _sizes(groups: Split, among: Array) -> list[int]:
    """Return how many pairs there are of each nugget: as many people, as nobody is in two pairs with one nugget."""
    found = np.bincount(groups.groups[among[groups.rows]], minlength=len(groups.labels))
    return [int(one) for one in found]


def _open_acts(asked: Asked) -> Array:
    """Return the acts on nuggets for which nobody is to be named."""
    acts = asked.acts()
    return np.asarray(acts[(acts["item"] >= 0) & (acts["flags"] & PRIVATE == 0)])


def _has_verb(asked: Asked, acts: Array, verbs: Collection[str]) -> Array:
    used = np.zeros(len(asked.organisation.verbs.values) + 1, dtype=bool)
    used[positions_of(asked.organisation, verbs)] = True
    return np.asarray(used[acts["verb"]])


def pairs_with(acts: Array) -> Array:
    """Return one number for each pair of a person and a nugget."""
    return np.asarray(acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64))


def _people(acts: Array, among: Array) -> int:
    return len(np.unique(acts["person"][among]))
