from __future__ import annotations

import numpy as np
import pytest

from recommender.config import RecommenderSettings
from recommender.ranking.diversity import unit_rows
from recommender.ranking.lists import ListSettings, best_first, make_list, rank

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
    nothing = make_list(
        np.zeros(3), np.zeros(3, dtype=bool), np.zeros(3), np.zeros((3, 2)), 5, ListSettings()
    )
    assert nothing.tolist() == []


def test_more_diversity_makes_lists_less_alike() -> None:
    def alike(diversity: float) -> float:
        settings = ListSettings(penalty=0.0, diversity=diversity)
        chosen = make_list(SCORES, ALL, np.zeros(300), VECTORS, 10, settings)
        return float((VECTORS[chosen] @ VECTORS[chosen].T).mean())

    assert alike(0.0) > alike(0.3) > alike(0.9)


def test_a_served_list_has_the_highest_score_first() -> None:
    chosen = make_list(SCORES, ALL, np.zeros(300), VECTORS, 10, ListSettings(penalty=0.0))
    assert SCORES[chosen].tolist() == sorted(SCORES[chosen].tolist(), reverse=True)
    assert best_first(np.array([2, 1, 0]), np.zeros(3)).tolist() == [2, 1, 0]


def test_the_settings_override_what_a_training_chose() -> None:
    facts = {"lists": {"penalty": 0.3, "diversity": 0.2}}
    assert ListSettings.of(facts, RecommenderSettings()) == ListSettings(0.3, 0.2)
    assert ListSettings.of(facts, RecommenderSettings(diversity=0.0)) == ListSettings(0.3, 0.0)
    assert ListSettings.of({}, RecommenderSettings(popularity_penalty=0.0)).penalty == 0.0
