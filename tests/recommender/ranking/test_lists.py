from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.lists import (
    POOL,
    Knobs,
    best_first,
    diversify,
    make_list,
    popularity_penalty,
    rank,
    unit_rows,
)

RANDOM = np.random.default_rng(5)
SCORES = RANDOM.normal(size=300)
VECTORS = unit_rows(RANDOM.normal(size=(300, 4)))
ALL = np.ones(300, dtype=bool)


def test_the_best_candidates_come_first() -> None:
    scores = np.array([1.0, 9.0, 5.0, 7.0])
    mask = np.array([True, False, True, True])
    assert rank(scores, mask, np.zeros(4), 2).tolist() == [3, 2]


def test_ties_go_to_the_more_popular_then_to_the_first() -> None:
    assert rank(np.zeros(4), np.ones(4, dtype=bool), np.array([1, 5, 1, 5]), 4).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("limit", [1, 10, 100])
def test_the_shortcut_for_many_items_gives_the_same_order(limit: int) -> None:
    scores = np.random.default_rng(3).integers(0, 50, 1000).astype(float)
    popularity = np.random.default_rng(4).integers(0, 9, 1000)
    expected = np.lexsort((np.arange(1000), -popularity, -scores))[:limit]
    assert rank(scores, np.ones(1000, dtype=bool), popularity, limit).tolist() == expected.tolist()


def test_no_candidates_give_an_empty_list() -> None:
    assert rank(np.zeros(3), np.zeros(3, dtype=bool), np.zeros(3), 5).tolist() == []
    nothing = make_list(np.zeros(3), np.zeros(3, dtype=bool), np.zeros(3), np.zeros((3, 2)), 5, Knobs())
    assert nothing.tolist() == []


def test_what_is_popular_loses_and_the_rest_gains_as_much() -> None:
    penalty = popularity_penalty(np.array([0, 10, 100, 7]), np.array([True, True, True, False]), 0.4)
    assert penalty[0] > penalty[1] > penalty[2]
    assert penalty[:3].sum() == pytest.approx(0)
    assert penalty[:3].std() == pytest.approx(0.4)


@pytest.mark.parametrize("popularity", [np.zeros(3), np.full(3, 9)])
def test_where_all_are_as_popular_nothing_is_held_against_any(popularity: np.ndarray) -> None:
    assert popularity_penalty(popularity, np.ones(3, dtype=bool), 0.4).tolist() == [0, 0, 0]


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


def test_more_diversity_makes_lists_less_alike() -> None:
    def alike(diversity: float) -> float:
        knobs = Knobs(penalty=0.0, diversity=diversity)
        chosen = make_list(SCORES, ALL, np.zeros(300), VECTORS, 10, knobs)
        return float((VECTORS[chosen] @ VECTORS[chosen].T).mean())

    assert alike(0.0) > alike(0.3) > alike(0.9)


def test_a_served_list_has_the_highest_score_first() -> None:
    chosen = make_list(SCORES, ALL, np.zeros(300), VECTORS, 10, Knobs(penalty=0.0))
    assert SCORES[chosen].tolist() == sorted(SCORES[chosen].tolist(), reverse=True)
    assert best_first(np.array([2, 1, 0]), np.zeros(3)).tolist() == [2, 1, 0]


def test_vectors_get_the_length_1_but_those_of_length_0() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]
