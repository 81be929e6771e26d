"""Equity: what groups are recommended and begin, beside everybody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    whole = Group(shown, started, len(np.unique(rows["target"])) / every)
    tallies: dict[tuple[str, ...], dict[str, Tally]] = {(): whole.tallies(whole.values)}
    groups = attribute(asked.organisation, asked.by[0])
    members, codes = groups.expand(people)
    order = np.argsort(codes, kind="stable")
    parts = np.split(members[order], np.searchsorted(codes[order], np.arange(1, len(groups.labels))))
    told, of_rows = groups.expand(rows["person"])
    seen = distinct(of_rows, rows["target"][told], len(groups.labels))
    for label, own, targets in zip(
        groups.labels, parts, seen, strict=False
    ):  # one part where there is no label
        group = Group(shown[own], started[own], targets / every)
        tallies[label,] = group.ratios(whole)
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


@dataclass(frozen=True, slots=True)
class Group:
    """How many nuggets each person of a group was shown and started, and which share of the catalogue they saw.

    Its numbers tell of those who were shown something: they may be few in a large group.
    """

    shown: Array
    started: Array
    catalogue: float

    @property
    def values(self) -> tuple[float, float, float]:
        """Return nuggets shown per person, the share of the catalogue, and the share started of those shown."""
        mean = float(self.shown.mean()) if len(self.shown) else 0.0
        return mean, self.catalogue, float(self.started.sum() / max(1, self.shown.sum()))

    def ratios(self, whole: Group) -> dict[str, Tally]:
        """Return the numbers as ratios to those of everybody, with intervals over the people of the group."""
        ratios, bounds = [], []
        for value, error, of_all in zip(self.values, self._errors(), whole.values, strict=True):
            ratios.append(value / of_all if of_all else 0.0)
            low, high = max(0.0, value - Z_95 * error), value + Z_95 * error
            bounds.append((low / of_all, high / of_all) if error and of_all else (None, None))
        return self.tallies(ratios, bounds)

    def _errors(self) -> tuple[float, float, float]:
        """Return the standard errors of the values; of a share of the catalogue there is none."""
        people, total = len(self.shown), float(self.shown.sum())
        residual = self.started - self.values[2] * self.shown
        return (
            float(self.shown.std(ddof=1)) / math.sqrt(people) if people > 1 else 0.0,
            0.0,
            math.sqrt(float(np.square(residual).sum())) / total if total else 0.0,
        )

    def tallies(
        self,
        values: Sequence[float],
        bounds: Sequence[tuple[float | None, float | None]] = ((None, None),) * 3,
    ) -> dict[str, Tally]:
        """Return numbers of the group with the people that they tell of."""
        people, shown = len(self.shown), int(np.count_nonzero(self.shown))
        tells = ((shown, people), (shown, people), (int(np.count_nonzero(self.started)), shown))
        rows = zip(_COLUMNS, tells, values, bounds, strict=True)
        return {
            name: Tally(some, of, value=value, low=low, high=high)
            for name, (some, of), value, (low, high) in rows
        }


_COLUMNS = ("shown", "catalogue", "started")
