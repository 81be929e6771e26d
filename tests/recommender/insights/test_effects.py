"""Before and after: the arithmetic, and what is asked of teams and measures."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.insights.answers import Answer
from recommender.insights.counting import month_of
from recommender.insights.effects import compare, months_around
from recommender.storage.insights import Measure, write_measures


def _teams(effect: float, teams: int = 20) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(3)
    took_part = np.arange(teams) % 2 == 0
    before = random.normal(50, 5, (teams, 1)) + random.normal(0, 1, (teams, 3))
    after = (
        before.mean(axis=1, keepdims=True) + 2 + random.normal(0, 1, (teams, 3)) + effect * took_part[:, None]
    )
    return before, after, took_part


def test_what_happened_to_all_teams_is_no_effect() -> None:
    found = compare(*_teams(0.0))
    assert found.low < 0 < found.high
    assert found.p > 0.05


def test_what_happened_to_those_that_took_part_is_found() -> None:
    found = compare(*_teams(4.0))
    assert found.low < 4 < found.high
    assert found.low > 2
    assert found.p < 0.01


def test_a_trend_that_was_there_before_is_told() -> None:
    before, after, took_part = _teams(0.0)
    found = compare(before + took_part[:, None] * np.arange(3), after, took_part)
    assert found.trend_before == pytest.approx(1.0, abs=0.6)


@pytest.mark.parametrize(
    ("month", "months"),
    [
        ("2026-11", ("2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01")),
        ("2026-02", ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04")),
    ],
)
def test_three_months_are_compared_with_three(month: str, months: tuple[str, ...]) -> None:
    assert months_around(month) == months


def test_teams_that_were_active_are_compared_with_those_that_were_not(
    in_team: Callable[..., dict[str, Any]],
    post: Callable[..., None],
    asking: Callable[..., Answer],
    database: Database,
    store: Store,
) -> None:
    teams = [f"team{number}" for number in range(8)]
    post(
        [
            in_team(3 if at < 4 else 200, f"{team}p{number}", "completed", "a", team)
            for at, team in enumerate(teams)
            for number in range(10)
        ]
    )
    months = months_around(month_of(asking("before-and-after").since_day))
    values = [
        Measure("returns", team, month, float(at + (10 if at < 4 and late >= 3 else 0)))
        for at, team in enumerate(teams)
        for late, month in enumerate(months)
    ]
    write_measures(database, store.id, values[:-1])
    assert asking("before-and-after").rows == ()  # of one of the four teams a month is missing
    write_measures(database, store.id, values)
    (row,) = asking("before-and-after").rows
    assert row.labels == ("returns",)
    told = {name: cell.value for name, cell in row.cells.items()}
    assert (told["difference"], told["teams_taking_part"], told["other_teams"]) == (10.0, 4.0, 4.0)
    assert told["p"] is not None and told["p"] < 0.05


@pytest.mark.parametrize("seed", range(5))
def test_the_difference_is_what_is_counted_team_by_team(seed: int) -> None:
    random = np.random.default_rng(seed)
    values, took_part = random.normal(50, 9, (11, 6)), random.permutation(11) < 5
    changes: dict[bool, list[float]] = {True: [], False: []}
    slopes: dict[bool, list[float]] = {True: [], False: []}
    for team, took in zip(values.tolist(), took_part.tolist(), strict=True):
        changes[took].append(sum(team[3:]) / 3 - sum(team[:3]) / 3)
        slopes[took].append((team[2] - team[0]) / 2)
    found = compare(values[:, :3], values[:, 3:], took_part)
    for told, sides in ((found.difference, changes), (found.trend_before, slopes)):
        assert told == pytest.approx(fmean(sides[True]) - fmean(sides[False]))
