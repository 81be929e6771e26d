"""Equity: what groups are recommended and begin, beside everybody."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from recommender.insights.counting import Asked, attribute, distinct
from recommender.insights.floors import Tallies, Tally
from recommender.insights.shown import Shown
from recommender.online.outcomes import EFFECTS
from recommender.online.statistics import Z_95
from recommender.storage.insights import DAY_US

Array = np.ndarray[Any, np.dtype[Any]]
STARTED = 1 << EFFECTS["nuggets"].index("started")


def equity(asked: Asked, found: Shown, now: int) -> Tallies:
    """Compare what each group was shown and started with everybody, by ratios; the total has the numbers themselves."""
    people = asked.headcount()
    shown, started, rows = _shown(asked, people, found)
    every = _open_count(asked)
    of_all = (
        shown.mean() if len(people) else 0.0,
        len(np.unique(rows["target"])) / every,
        _rate(started, shown),
    )
    tallies: dict[tuple[str, ...], dict[str, Tally]] = {(): _values(len(people), of_all)}
    groups = attribute(asked.organisation, asked.by[0])
    members, codes = groups.expand(people)
    order = np.argsort(codes, kind="stable")
    parts = np.split(members[order], np.searchsorted(codes[order], np.arange(1, len(groups.labels))))
    told, of_rows = groups.expand(rows["person"])
    seen = distinct(of_rows, rows["target"][told], len(groups.labels))
    for label, own, targets in zip(
        groups.labels, parts, seen, strict=False
    ):  # one part where there is no label
        tallies[label,] = _ratios(shown[own], started[own], targets / every, of_all)
    return tallies


def _shown(asked: Asked, people: Array, found: Shown) -> tuple[Array, Array, Array]:
    """Return how many nuggets each of these people was shown and started, and the rows of what was shown to them."""
    rows = found.of(asked)
    rows = rows[np.isin(rows["person"], people)]
    pairs, first = np.unique(rows["person"] << 32 | rows["target"], return_index=True)
    started = np.zeros(len(pairs), dtype=bool)
    started[np.searchsorted(pairs, rows["person"] << 32 | rows["target"])[rows["effects"] & STARTED != 0]] = (
        True
    )
    at = np.searchsorted(people, rows["person"][first])
    return np.bincount(at, minlength=len(people)), np.bincount(at[started], minlength=len(people)), rows


def _open_count(asked: Asked) -> int:
    """Return how many nuggets could be shown, at least one."""
    now = asked.until * DAY_US
    return max(1, sum(nugget.is_open(now) for nugget in asked.organisation.nuggets.values()))


def _rate(started: Array, shown: Array) -> float:
    return float(started.sum() / shown.sum()) if shown.sum() else 0.0


def _values(people: int, values: tuple[float, float, float]) -> dict[str, Tally]:
    return {name: Tally(people, people, value=value) for name, value in zip(_COLUMNS, values, strict=True)}


_COLUMNS = ("shown", "catalogue", "started")


def _ratios(
    shown: Array, started: Array, catalogue: float, of_all: tuple[float, float, float]
) -> dict[str, Tally]:
    """Return a group's numbers as ratios to those of everybody, with intervals over the people of the group."""
    people = len(shown)
    mean, rate = (shown.mean() if people else 0.0), _rate(started, shown)
    residual = started - rate * shown
    errors = (
        float(shown.std(ddof=1)) / math.sqrt(people) if people > 1 else 0.0,
        0.0,
        math.sqrt(float(np.square(residual).sum())) / float(shown.sum()) if shown.sum() else 0.0,
    )
    found = {}
    for name, value, error, whole in zip(_COLUMNS, (mean, catalogue, rate), errors, of_all, strict=True):
        low, high = (max(0.0, value - Z_95 * error), value + Z_95 * error) if error else (None, None)
        found[name] = _ratio(people, (value, low, high), whole)
    return found


def _ratio(people: int, numbers: tuple[float, float | None, float | None], whole: float) -> Tally:
    value, low, high = (None if one is None or not whole else one / whole for one in numbers)
    return Tally(people, people, value=value or 0.0, low=low, high=high)
