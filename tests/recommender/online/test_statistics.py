from __future__ import annotations

import numpy as np
import pytest

from recommender.online.statistics import compare, rate_of


def _learners(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([count for count, _ in pairs]), np.array([shown for _, shown in pairs])


def test_of_independent_learners_the_interval_is_that_of_wilson() -> None:
    found = rate_of(*_learners(*[(1, 1)] * 30, *[(0, 1)] * 70))
    assert (found.count, found.shown, found.rate) == (30, 100, 0.3)
    assert found.low == pytest.approx(0.219, abs=0.003)
    assert found.high == pytest.approx(0.396, abs=0.003)


def test_the_interval_is_wider_where_some_open_all_and_others_nothing() -> None:
    alike = rate_of(*_learners(*[(5, 10)] * 10, *[(4, 10)] * 10))
    unlike = rate_of(*_learners(*[(9, 10)] * 10, *[(0, 10)] * 10))
    assert alike.rate == unlike.rate == 0.45
    assert unlike.high - unlike.low > 1.5 * (alike.high - alike.low)


@pytest.mark.parametrize("pairs", [[], [(0, 5)], [(5, 5)], [(2, 5)], [(0, 3)] * 40])
def test_an_interval_holds_its_rate_and_stays_between_0_and_1(pairs: list[tuple[int, int]]) -> None:
    found = rate_of(*_learners(*pairs))
    assert 0 <= found.low <= found.rate <= found.high <= 1
    assert found.high > found.low


def test_a_clear_difference_is_seen_and_none_is_not() -> None:
    few, many = [(1, 10), (2, 10)] * 20, [(4, 10), (5, 10)] * 20
    clear = compare(_learners(*few), _learners(*many))
    assert clear is not None
    assert clear.difference == pytest.approx(0.3)
    assert 0 < clear.low < clear.high
    assert clear.p < 0.01
    same = compare(_learners(*few), _learners(*few))
    assert same is not None
    assert same.difference == 0
    assert same.p == 1


def test_one_learner_each_proves_nothing() -> None:
    found = compare(_learners((0, 10)), _learners((10, 10)))
    assert found is not None
    assert found.p > 0.4


def test_without_anything_shown_nothing_is_compared() -> None:
    assert compare(_learners(), _learners((1, 2))) is None
