"""Reach, modalities and completion beside a slow count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import set_floor
from lrs.errors import RequestRefusedError
from lrs.personas import set_choices
from recommender.insights.answers import Answer, Cell, Question
from recommender.insights.asking import ask
from recommender.insights.months import today
from schemas.floors import rounded

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


def test_completion_is_of_what_was_begun_ninety_days_ago_and_more(
    days_ago: Make, post: Post, asking: Callable[..., Answer], slow: Any
) -> None:
    statements = []
    for number in range(24):
        name = f"p{number:02}"
        statements.append(days_ago(100 + number, name, "launched", "a"))
        statements.append(
            days_ago(95 - 45 * (number % 3), name, "completed", "a")
        )  # 5 to 90 days later, or more
        statements.append(days_ago(20, name, "launched", "b"))  # too late to count
    post(statements)
    answer = asking("completion", window_days=90)
    first: dict[tuple[str, str], int] = {}
    done: dict[tuple[str, str], int] = {}
    for statement in sorted(slow.statements(), key=lambda one: one["timestamp"]):
        pair = (statement["actor"]["mbox"], statement["object"]["id"])
        day = slow.day(statement)
        first.setdefault(pair, day)
        if statement["verb"]["id"].endswith("completed"):
            done.setdefault(pair, day)
    begun = [pair for pair, day in first.items() if answer.since_day - 90 <= day < answer.until_day - 90]
    in_time = [pair for pair in begun if pair in done and done[pair] - first[pair] <= 90]
    assert 0 < len(in_time) < len(begun) == 24
    assert answer.total is not None
    cell = answer.total.cells["completed"]
    assert (cell.count, cell.of) == (5 * round(len(in_time) / 5), 25)
    assert answer.total.cells["people"].count == 25


def test_who_refuses_to_be_counted_is_missing_at_once(
    days_ago: Make,
    post: Post,
    asking: Callable[..., Answer],
    database: Any,
    store: Any,
    identifier: Callable[[str], str],
) -> None:
    post([days_ago(1, f"p{number}", "completed", "a") for number in range(8)])
    before = asking("reach").total
    assert before is not None and before.cells["active"].count == 10
    for number in range(3):
        set_choices(database, store.id, identifier(f"p{number}"), {"figures": False})
    after = asking("reach").total
    assert after is not None and after.cells["active"].count == 5
    set_choices(database, store.id, identifier("p3"), {"figures": False})
    fewest = asking("reach").total
    assert fewest is not None and fewest.cells["active"].is_few


def test_a_store_may_ask_for_more_people_than_five(
    days_ago: Make, post: Post, sync: Callable[..., Any], insights: Any, database: Any, store: Any
) -> None:
    post([days_ago(1, f"p{number}", "completed", "a") for number in range(8)])
    sync()
    raised = set_floor(database, store, 10)
    assert ask(insights, store, "reach", Question()).total.cells["active"].count == 10
    assert ask(insights, raised, "reach", Question()).total.cells["active"].is_few
    with pytest.raises(RequestRefusedError, match="use one from 5 to 50"):
        set_floor(database, store, 4)


def test_who_moves_to_another_team_moves_in_earlier_days_too(
    in_team: Make, post: Post, asking: Callable[..., Answer]
) -> None:
    names = [f"p{number}" for number in range(20)]
    post([in_team(5, name, "completed", "a", "sales") for name in names])
    assert _shares(asking("reach"), "active") == {("sales",): (20, 20)}
    post([in_team(1, name, "completed", "b", "legal") for name in names[:10]])
    assert _shares(asking("reach"), "active") == {("legal",): (10, 10), ("sales",): (10, 10)}


def test_a_window_from_a_day_to_a_day_has_these_days_and_as_many_before(
    days_ago: Make, post: Post, asking: Callable[..., Answer], slow: Any
) -> None:
    post([days_ago(4 * number, f"p{number:02}", "completed", "a") for number in range(40)])
    last = today() - 3
    for days in (7, 48, 100, 366):
        answer = asking("reach", since_day=last - days + 1, until_day=last)
        assert (answer.since_day, answer.last_day, answer.until_day - answer.since_day) == (
            last - days + 1,
            last,
            days,
        )
        for row, since in ((answer.total, answer.since_day), (answer.before, answer.since_day - days)):
            active = len(slow.active(since, since + days))
            cell = row.cells["active"]
            assert cell.is_few == (active < 5)
            assert cell.is_few or cell.count == rounded(active)
