from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import History, Positive
from recommender.ranking.diversity import diversify
from recommender.serving.nuggets.balance import DAY_US, find_balance
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.state.nugget_table import build_columns

COLUMNS = build_columns(
    [
        *(Nugget(f"sql{number}", skills=("sql",), modality="formal") for number in range(10)),
        *(Nugget(f"law{number}", skills=("law",), modality="social") for number in range(10)),
        Nugget("both", skills=("sql", "law")),
        Nugget("bare"),
    ]
)


def _history(**days: int) -> History:
    return History(tuple(Positive(item, day * DAY_US, 1.0, "completed") for item, day in days.items()))


def _wanted(history: History, *wants: Want) -> list[float]:
    balance = find_balance(COLUMNS, history, {want.skill: want for want in wants}, 0.1)
    assert balance is not None
    return [round(float(one), 3) for one in balance.wanted]


def test_skills_and_modalities_are_wanted_as_they_were_used() -> None:
    assert _wanted(_history(sql0=1, sql1=2, law0=3)) == pytest.approx([0.664, 0.336, 0.664, 0.336], abs=0.01)


def test_one_busy_day_does_not_bury_the_months_before() -> None:
    quiet = {f"sql{number}": number for number in range(4)}
    busy = {f"law{number}": 20 for number in range(9)}
    skills = _wanted(_history(**quiet, **busy))[:2]
    assert skills == pytest.approx([0.49, 0.51], abs=0.03)  # nine count as three


def test_what_was_used_long_ago_counts_less() -> None:
    assert _wanted(_history(sql0=0, law0=60))[:2] == pytest.approx([0.667, 0.333], abs=0.001)


@pytest.mark.parametrize("days", [-739_000, 2_900_000])
def test_a_date_far_away_leaves_a_list_without_doubles(days: int) -> None:
    history = _history(law0=min(days, 20_000), sql0=max(days, 20_000))
    balance = find_balance(COLUMNS, history, {}, 0.1)
    assert balance is not None
    assert (balance.wanted > 0).all()
    size = len(COLUMNS.nuggets)
    ranked, scores = np.arange(size), np.linspace(2.0, 0.0, size)
    assert len({*diversify(ranked, scores, np.zeros((size, 2)), 0.1, 10, balance)[:10].tolist()}) == 10


def test_goals_and_role_count_as_much_as_the_past() -> None:
    goal, role = Want("law", 3, goal="law"), Want("sql", 3, role="Analyst")
    assert _wanted(_history(sql0=0), goal) == [0.5, 0.5, 1.0]
    assert _wanted(_history(sql0=0), goal, role)[:2] == [0.667, 0.333]
    assert _wanted(History(), goal) == [1.0]


def test_a_goal_that_nothing_teaches_takes_no_share() -> None:
    assert _wanted(_history(sql0=0), Want("cooking", 3, goal="cooking")) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("history", "weight"), [(History(), 0.1), (_history(bare=0), 0.1), (_history(sql0=0), 0.0)]
)
def test_where_nothing_is_known_or_wanted_there_is_no_balance(history: History, weight: float) -> None:
    assert find_balance(COLUMNS, history, {}, weight) is None


def test_each_nugget_has_its_part_in_what_is_wanted() -> None:
    balance = find_balance(COLUMNS, _history(sql0=0, law0=0), {}, 0.1)
    assert balance is not None
    parts = balance.parts(np.array([0, 10, 20, 21]))
    assert parts.tolist() == [[0, 1, 1, 0], [1, 0, 0, 1], [0.5, 0.5, 0, 0], [0, 0, 0, 0]]
