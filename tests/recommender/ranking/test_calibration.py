from __future__ import annotations

import time

import numpy as np
import pytest

from recommender.ranking.calibration import Balance
from recommender.ranking.diversity import POOL, diversify, unit_rows
from recommender.ranking.lists import ListSettings, make_list

RANDOM = np.random.default_rng(5)
SIZE = 200
SCORES = np.linspace(3.0, 0.0, SIZE)
VECTORS = unit_rows(RANDOM.normal(size=(SIZE, 8)))
ALL = np.ones(SIZE, dtype=bool)
KIND = np.zeros((SIZE, 2))
KIND[:40, 0] = KIND[40:, 1] = 1.0
"""The forty best nuggets are of one kind, all others of another."""


def _shares(weight: float, wanted: tuple[float, float] = (0.5, 0.5)) -> list[float]:
    balance = Balance(np.array(wanted), lambda positions: KIND[positions], weight)
    settings = ListSettings(penalty=0.0, diversity=0.0, balance=balance)
    chosen = make_list(SCORES, ALL, np.zeros(SIZE), VECTORS, 10, settings)
    assert SCORES[chosen].tolist() == sorted(SCORES[chosen], reverse=True)
    shares: list[float] = KIND[chosen].mean(axis=0).tolist()
    return shares


@pytest.mark.parametrize(("weight", "share"), [(0.0, 0.0), (0.3, 0.1), (3.0, 0.3)])
def test_the_shares_of_a_list_come_nearer_to_those_wanted(weight: float, share: float) -> None:
    assert _shares(weight)[1] >= share


def test_with_a_great_weight_the_shares_are_those_wanted() -> None:
    assert _shares(100.0, (0.2, 0.8)) == [0.2, 0.8]


def test_without_a_balance_the_scores_decide() -> None:
    assert _shares(0.0) == [1.0, 0.0]


def test_nuggets_of_which_nothing_is_known_are_not_preferred() -> None:
    balance = Balance(np.array([1.0]), lambda positions: np.zeros((len(positions), 1)), 1.0)
    ranked = np.arange(SIZE)
    assert diversify(ranked, SCORES, VECTORS, 0.0, 10, balance).tolist() == ranked.tolist()


def test_a_longer_calibrated_list_begins_with_the_shorter_one() -> None:
    balance = Balance(np.array([0.5, 0.5]), lambda positions: KIND[positions], 0.5)
    short, long = (
        diversify(np.arange(SIZE), SCORES, VECTORS, 0.1, one, balance).tolist() for one in (10, 40)
    )
    assert short[:10] == long[:10]
    assert sorted(long) == list(range(SIZE))


def test_calibrating_a_pool_of_a_hundred_takes_about_a_millisecond() -> None:
    parts = RANDOM.random((SIZE, 23))
    balance = Balance(np.full(23, 1 / 23), lambda positions: parts[positions], 0.5)
    durations = []
    for _ in range(30):
        start = time.perf_counter()
        diversify(np.arange(POOL), SCORES, VECTORS, 0.1, 10, balance)
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.002  # measured: 0.4 ms; the least of many, as other tests run beside this one
