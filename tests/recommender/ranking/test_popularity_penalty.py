from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.popularity_penalty import penalty_on, popularity_penalty


def test_popular_items_lose_and_the_others_gain_as_much() -> None:
    penalty = popularity_penalty(np.array([0, 10, 100, 7]), np.array([True, True, True, False]), 0.4)
    assert penalty[0] > penalty[1] > penalty[2]
    assert penalty[:3].sum() == pytest.approx(0)
    assert penalty[:3].std() == pytest.approx(0.4)


@pytest.mark.parametrize("popularity", [np.zeros(3), np.full(3, 9)])
def test_equally_popular_items_get_no_penalty(popularity: np.ndarray) -> None:
    assert popularity_penalty(popularity, np.ones(3, dtype=bool), 0.4).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("scores", "lost"), [([1, 1, 1], 0), ([1, 2, 1], 0.4)])
def test_where_all_candidates_score_the_same_nothing_is_ranked_by_the_penalty(
    scores: list[float], lost: float
) -> None:
    penalty = penalty_on(np.array([*scores, 9]), np.array([0, 10, 100, 7]), np.arange(4) < 3, 0.4)
    assert penalty[:3].std() == pytest.approx(lost)
