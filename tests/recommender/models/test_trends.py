"""Decayed counts: what is used lately, at any moment."""

import numpy as np
import pytest

from recommender.models.trends import DAY_S, HOUR_S, decay, decayed_counts, half_lives, values_of

HOUR_US = 3_600_000_000


def test_an_act_counts_half_after_each_half_life_and_not_before_it_happened() -> None:
    moments = np.array([0, 1, 3, 2]) * HOUR_US
    counts = decayed_counts(np.array([1]), np.array([HOUR_US]), 3, moments, HOUR_S)
    assert counts.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0.25, 0], [0, 0.5, 0]]


def test_counts_at_many_moments_are_those_counted_one_by_one() -> None:
    random = np.random.default_rng(1)
    item_of, at = random.integers(0, 5, 400), random.integers(0, 50 * HOUR_US, 400)
    moments = random.integers(0, 60 * HOUR_US, 30)
    found = decayed_counts(item_of, at, 5, moments, 6 * HOUR_S)
    for moment, counts in zip(moments, found, strict=True):
        age = (moment - at) / HOUR_US
        weights = np.where(age > 0, 0.5 ** (age / 6), 0)
        assert counts == pytest.approx(np.bincount(item_of, weights, minlength=5), rel=1e-5)


def test_counts_go_on_from_an_earlier_time() -> None:
    item_of, at = np.array([0, 1, 0]), np.array([0, 1, 5]) * HOUR_US
    early, late = decayed_counts(item_of, at, 2, np.array([2, 6]) * HOUR_US, DAY_S)
    since = decayed_counts(item_of[2:], at[2:], 2, np.array([6 * HOUR_US]), DAY_S)[0]
    assert decay(early, 2 * HOUR_US, 6 * HOUR_US, DAY_S) + since == pytest.approx(late)
    assert decay(early, 2 * HOUR_US, HOUR_US, DAY_S).tolist() == early.tolist()  # a clock that went back


def test_old_trends_end_by_themselves() -> None:
    counts = np.array([20.0, 0.0])
    assert values_of(decay(counts, 0, 5 * HOUR_US, HOUR_S))[0] > 0
    assert values_of(decay(counts, 0, 20 * HOUR_US, HOUR_S)).max() < 0.01


def test_nothing_is_counted_without_acts_or_moments() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert decayed_counts(none, none, 2, np.array([5]), HOUR_S).tolist() == [[0, 0]]
    assert decayed_counts(none, none, 2, none, HOUR_S).shape == (0, 2)


def test_only_half_lives_shorter_than_the_data_are_tried_and_none_where_times_tell_nothing() -> None:
    two_days = np.arange(48) * HOUR_US
    assert half_lives(two_days) == (HOUR_S, 6 * HOUR_S, DAY_S)
    assert half_lives(np.full(100, HOUR_US)) == ()
    assert half_lives(np.tile(np.arange(4), 100)) == ()
    assert half_lives(np.zeros(0, dtype=np.int64)) == ()
    assert half_lives(np.array([7])) == ()
