from __future__ import annotations

import numpy as np

from recommender.metrics.intervals import (
    Interval,
    mean_interval,
    median_ratio_interval,
    paired_interval,
    ratio_interval,
)


def test_a_difference_that_is_always_there_is_certain() -> None:
    ours = np.linspace(0.2, 0.4, 50)
    found = paired_interval(ours, ours - 0.1)
    assert (found.mean, found.low, found.high) == (0.1, 0.1, 0.1)
    assert found.is_certain


def test_chance_is_not_certain_and_always_the_same() -> None:
    ours, theirs = np.random.default_rng(1).random((2, 200))
    found = paired_interval(ours, theirs)
    assert found.low < found.mean < found.high
    assert not found.is_certain
    assert found == paired_interval(ours, theirs)


def test_without_learners_there_is_no_difference() -> None:
    assert not paired_interval(np.zeros(0), np.zeros(0)).is_certain


def test_one_learner_gives_no_interval() -> None:
    assert paired_interval(np.array([0.5]), np.array([0.25])) == Interval(0.25, 0.25, 0.25)


def test_a_ratio_is_bounded_by_learners_who_are_drawn_with_both_values() -> None:
    theirs = np.random.default_rng(2).random(300)
    assert ratio_interval(1.5 * theirs, theirs) == Interval(1.5, 1.5, 1.5)
    apart = ratio_interval(np.random.default_rng(3).random(300), theirs)
    assert apart.low < apart.mean < apart.high


def test_a_ratio_of_medians_is_not_moved_by_one_large_value() -> None:
    theirs = np.arange(1.0, 100.0)
    assert median_ratio_interval(np.append(2 * theirs[:-1], 9999), theirs) == Interval(2, 2, 2)


def test_a_ratio_to_nothing_is_large_and_no_error() -> None:
    assert ratio_interval(np.ones(5), np.zeros(5)).low > 1000


def test_a_mean_is_bounded() -> None:
    found = mean_interval(np.linspace(0, 1, 100))
    assert 0.4 < found.low < found.mean == 0.5 < found.high < 0.6
