"""Before and after: how a measure changed in teams that took part, beside the teams that did not.

A difference in differences: it tells what went along with learning, never what learning caused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from recommender.insights.counting import Asked, attribute, distinct
from recommender.insights.figures import TEAM_FLOOR
from recommender.insights.floors import Tallies, Tally
from recommender.insights.months import month_of
from recommender.storage.insights import find_measures

Array = np.ndarray[Any, np.dtype[Any]]
PERIODS = 3
"""Months before and after, of which a team needs all."""
FEWEST_TEAMS = 4
"""On each side."""
TOOK_PART = 0.5
"""The share of a team that was active, from which the team took part."""
SHUFFLES, SEED = 2000, 1


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference in differences with its 95 % interval, the chance of so large a one among teams drawn by lot, and
    how differently the two groups were changing a month before."""

    difference: float
    low: float
    high: float
    p: float
    trend_before: float


def before_and_after(asked: Asked) -> Tallies:
    """Compare each measure in teams that took part in the window, and in those that did not."""
    sizes, active = _teams(asked)
    took_part = {
        team: active.get(team, 0) / size >= TOOK_PART for team, size in sizes.items() if size >= TEAM_FLOOR
    }
    months = months_around(month_of(asked.since))
    found: dict[tuple[str, ...], dict[str, Tally]] = {}
    for metric, values in _measures(asked).items():
        teams = [team for team in took_part if all((team, month) in values for month in months)]
        mask = np.array([took_part[team] for team in teams], dtype=bool)
        if min(mask.sum(), (~mask).sum()) < FEWEST_TEAMS:
            continue
        series = np.array([[values[team, month] for month in months] for team in teams])
        people = sum(sizes[team] for team in teams)
        found[metric,] = _tallies(compare(series[:, :PERIODS], series[:, PERIODS:], mask), mask, people)
    return found


def compare(before: Array, after: Array, took_part: Array) -> Effect:
    """Return how much more the teams that took part changed (teams x months before and after); pure."""
    from scipy.stats import permutation_test  # slow to import, and rarely needed

    changes = after.mean(axis=1) - before.mean(axis=1)
    first, second = changes[took_part], changes[~took_part]
    test = permutation_test(
        (first, second),
        _difference,
        n_resamples=SHUFFLES,
        vectorized=True,
        rng=np.random.default_rng(SEED),
    )
    difference = float(test.statistic)
    low, high = _interval(first, second)
    slopes = np.diff(before, axis=1).mean(axis=1)
    trend = float(slopes[took_part].mean() - slopes[~took_part].mean())
    return Effect(difference, difference - high, difference - low, float(test.pvalue), trend)


def _difference(first: Array, second: Array, axis: int = -1) -> Array:
    return np.asarray(first.mean(axis=axis) - second.mean(axis=axis))


def _interval(first: Array, second: Array) -> tuple[float, float]:
    """Return between which bounds 95 % of the differences lie if teams, without the effect, are drawn by lot."""
    # Around their own mean few teams vary too little: Bessel's correction.
    rest = np.concatenate(
        [(one - one.mean()) * (len(one) / (len(one) - 1)) ** 0.5 for one in (first, second)]
    )
    random = np.random.default_rng(SEED)
    drawn = np.array([random.permutation(rest) for _ in range(SHUFFLES)])
    differences = _difference(drawn[:, : len(first)], drawn[:, len(first) :])
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)


def months_around(month: str) -> tuple[str, ...]:
    """Return the months before one, and as many from it on."""
    year, number = map(int, month.split("-"))
    counts = [year * 12 + number - 1 + offset for offset in range(-PERIODS, PERIODS)]
    return tuple(date(count // 12, count % 12 + 1, 1).isoformat()[:7] for count in counts)


def _teams(asked: Asked) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the headcount of each team, and how many of it were active."""
    teams, people = attribute(asked.organisation, "team"), asked.headcount()
    active = np.intersect1d(np.flatnonzero(asked.by_person().any(axis=0)), people)
    rows, groups = teams.expand(active)
    sizes = np.bincount(teams.expand(people)[1], minlength=len(teams.labels)).tolist()
    counts = distinct(groups, active[rows], len(teams.labels))
    return dict(zip(teams.labels, sizes, strict=True)), dict(zip(teams.labels, counts, strict=True))


def _measures(asked: Asked) -> Mapping[str, Mapping[tuple[str, str], float]]:
    found: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for one in find_measures(asked.source.database, asked.source.store):
        found[one.metric][one.team, one.period] = one.value
    return found


def _tallies(effect: Effect, took_part: Array, people: int) -> dict[str, Tally]:
    sides: Sequence[int] = (int(took_part.sum()), int((~took_part).sum()))
    return {
        "difference": Tally(people, value=effect.difference, low=effect.low, high=effect.high),
        "p": Tally(people, value=effect.p),
        "trend_before": Tally(people, value=effect.trend_before),
        "teams_taking_part": Tally(people, value=float(sides[0])),
        "other_teams": Tally(people, value=float(sides[1])),
    }
