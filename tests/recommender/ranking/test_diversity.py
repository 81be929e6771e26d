from __future__ import annotations

import numpy as np

from recommender.ranking.diversity import POOL, diversify, unit_rows
from recommender.ranking.lists import rank

RANDOM = np.random.default_rng(5)
SCORES = RANDOM.normal(size=300)
VECTORS = unit_rows(RANDOM.normal(size=(300, 4)))
ALL = np.ones(300, dtype=bool)


def test_of_two_that_are_the_same_the_second_gives_way() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    scores = np.array([3.0, 2.9, 2.0])
    ranked = np.array([0, 1, 2])
    assert diversify(ranked, scores, vectors, 0.7, 3).tolist() == [0, 2, 1]
    assert diversify(ranked, scores, vectors, 0.0, 3).tolist() == [0, 1, 2]


def test_a_longer_list_begins_with_the_shorter_one_and_nothing_is_lost() -> None:
    ranked = rank(SCORES, ALL, np.zeros(300), 200)
    short, long = (diversify(ranked, SCORES, VECTORS, 0.3, limit).tolist() for limit in (10, 150))
    assert short[:10] == long[:10]
    assert sorted(short) == sorted(long) == sorted(ranked.tolist())
    assert long[POOL:] == ranked[POOL:].tolist()
    assert short[10:] == [one for one in ranked.tolist() if one not in short[:10]]


def test_vectors_get_length_1_except_those_of_length_0() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]
