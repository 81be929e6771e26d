from __future__ import annotations

import numpy as np

from recommender.metrics.intervals import Interval, paired_interval


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
