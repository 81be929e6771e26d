"""Reach, modalities and completion beside a slow count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recommender.insights.answers import Answer, Cell

Make = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]


def _shares(answer: Answer, column: str) -> dict[tuple[str, ...], tuple[int | None, int | None]]:
    return {row.labels: (row.cells[column].count, row.cells[column].of) for row in answer.rows}


def test_reach_is_active_people_of_those_seen_in_a_year(
    in_team: Make, post: Post, asking: Callable[..., Answer], slow: Any
) -> None:
    names = [f"p{number:02}" for number in range(30)]
    team = {name: "sales" if number < 20 else "legal" for number, name in enumerate(names)}
    post(
        [
            in_team(3 if number % 2 else 200, name, "completed", "a", team[name])
            for number, name in enumerate(names)
        ]
    )
    answer = asking("reach", window_days=30)
    total = answer.total
    assert total is not None
    active = slow.active(answer.since_day, answer.until_day)
    assert (total.cells["active"].count, total.cells["active"].of) == (len(active), 30) == (15, 30)
    assert _shares(answer, "active") == {("legal",): (5, 10), ("sales",): (10, 20)}
    assert answer.before is not None
    assert answer.before.cells["active"] == Cell(is_few=True)


def test_a_hidden_team_cannot_be_told_from_the_total(
    in_team: Make, post: Post, asking: Callable[..., Answer]
) -> None:
    teams = {"big": 20, "middle": 10, "small": 2}
    post(
        [
            in_team(1, f"{team}{number}", "completed", "a", team)
            for team, size in teams.items()
            for number in range(size)
        ]
    )
    answer = asking("reach")
    few = {row.labels[0]: row.cells["active"].is_few for row in answer.rows}
    assert few == {"big": False, "middle": True}  # the name of a team of two may tell who they are


def test_modalities_count_acts_and_people_by_month(
    days_ago: Make, post: Post, asking: Callable[..., Answer]
) -> None:
    post([days_ago(1, f"p{number}", verb, "a") for number in range(10) for verb in ("completed", "liked")])
    answer = asking("modalities")
    assert answer.label_columns == ("month",)
    total = answer.total
    assert total is not None
    cells = total.cells
    assert cells["social"].count == cells["social"].of == 10
    assert cells["acts_social"].count == 10
    assert cells["all_three"].is_few
