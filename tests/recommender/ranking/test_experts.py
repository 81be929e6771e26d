from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.experts import DAY_US, KnowingActs, expertise

NOW = 1000 * DAY_US


def _acts(*acts: tuple[int, int, int]) -> KnowingActs:
    """Make acts of a person about a part, so many days ago."""
    people, parts, days = (np.array(column) for column in zip(*acts, strict=True))
    return KnowingActs(people, parts, np.ones(len(acts)), NOW - days * DAY_US)


def test_an_act_shows_half_as_much_after_its_half_life() -> None:
    found = expertise(_acts((0, 0, 0), (1, 0, 90)), np.ones(1), 2, NOW)
    assert found.tolist() == pytest.approx([np.log(2), np.log(1.5)])


def test_the_rarer_part_counts_more_and_several_parts_add_up() -> None:
    found = expertise(_acts((0, 0, 0), (1, 1, 0), (2, 0, 0), (2, 1, 0)), np.array([1.0, 3.0]), 3, NOW)
    assert found[1] == pytest.approx(3 * found[0])
    assert found[2] == pytest.approx(found[0] + found[1])


def test_a_robot_that_answered_5000_times_in_a_day_knows_no_more_than_twenty_answers_show() -> None:
    robot = [(0, 0, 0)] * 5000
    person = [(1, 0, day) for day in range(40)]
    found = expertise(_acts(*robot, *person), np.ones(1), 2, NOW)
    assert found[0] == pytest.approx(np.log1p(20))
    assert found[1] > found[0]


def test_acts_in_the_future_count_as_done_now() -> None:
    assert expertise(_acts((0, 0, -500)), np.ones(1), 1, NOW).tolist() == pytest.approx([np.log(2)])


def test_nobody_knows_what_there_are_no_acts_about() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    acts = KnowingActs(nothing, nothing, nothing, nothing)
    assert expertise(acts, np.ones(2), 0, NOW).tolist() == []
