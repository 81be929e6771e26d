"""Topics and nuggets: what rises, where people get stuck, how far they come, what they like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.insights.counting import Asked
from recommender.insights.floors import Tallies, Tally
from recommender.insights.networks import positions_of
from recommender.insights.rollups import COMPLETED, FAILED, NO_PROGRESS
from recommender.interactions.unfinished import STARTED
from recommender.online.statistics import Z_95
from schemas.catalogue import MODALITIES
from schemas.floors import rounded

Array = np.ndarray[Any, np.dtype[Any]]
LEFT_DAYS = 30
"""A nugget that was begun and not touched for so long was left."""
TENTHS = tuple(range(10, 101, 10))


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
    acts = asked.acts()
    acts = acts[acts["item"] >= 0]
    pairs = pairs_with(acts)
    verbs = acts["verb"]
    gave_up = (acts["flags"] & FAILED != 0) | np.isin(verbs, positions_of(asked.organisation, {"abandoned"}))
    began = gave_up | np.isin(verbs, positions_of(asked.organisation, STARTED))
    lately = acts["day"] >= asked.until - LEFT_DAYS
    has_left = began & np.isin(pairs, pairs[lately], invert=True)
    is_done = np.isin(pairs, pairs[acts["flags"] & COMPLETED != 0])
    is_stuck = (gave_up | has_left) & ~is_done
    found = asked.split(acts)
    rows = zip(found.labels, found.people(acts, is_stuck), found.people(acts, began), strict=True)
    total = Tally(_people(acts, is_stuck), _people(acts, began))
    return {(): {"stuck": total}, **{labels: {"stuck": Tally(some, of)} for labels, some, of in rows if of}}


def taking_part(asked: Asked) -> Tallies:
    """Count people with any act, and with a social act, among the headcount."""
    acts, headcount = asked.active(), asked.headcount()
    acts = acts[np.isin(acts["person"], headcount)]
    social = acts["modality"] == MODALITIES.index("social")
    found = asked.split(acts)
    rows = zip(
        found.labels, found.people(acts), found.people(acts, social), asked.sizes(found.labels), strict=True
    )
    everything = np.ones(len(acts), dtype=bool)
    total = {
        "any": Tally(_people(acts, everything), len(headcount)),
        "social": Tally(_people(acts, social), len(headcount)),
    }
    return {
        (): total,
        **{labels: {"any": Tally(some, of), "social": Tally(few, of)} for labels, some, few, of in rows},
    }


def drop_off(asked: Asked) -> Tallies:
    """Count by nugget who started it, and who reached each tenth of it; who completed it reached all."""
    acts = asked.acts()
    acts = acts[acts["item"] >= 0]
    is_done = acts["flags"] & COMPLETED != 0
    known = acts["progress"] != NO_PROGRESS
    progress = np.where(is_done, 100, np.where(known, acts["progress"], 0))
    measured = np.isin(acts["item"], np.unique(acts["item"][known]))
    started = measured & (is_done | known | np.isin(acts["verb"], positions_of(asked.organisation, STARTED)))
    found = asked.split(acts)
    of = found.people(acts, started)
    reached = {f"reached_{tenth}": found.people(acts, started & (progress >= tenth)) for tenth in TENTHS}
    return {
        labels: {name: Tally(people[at], of[at]) for name, people in reached.items()}
        for at, labels in enumerate(found.labels)
        if of[at]
    }


def pairs_with(acts: Array) -> Array:
    """Return one number for each pair of a person and a nugget."""
    return np.asarray(acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64))


def _people(acts: Array, among: Array) -> int:
    return len(np.unique(acts["person"][among]))
