from __future__ import annotations

import numpy as np

from recommender.serving.nuggets.boosts import Boost, add_boost
from recommender.serving.nuggets.contributions import Contribution
from recommender.serving.nuggets.scores import Scores

OWN = (Contribution("history", "a", 1.0), Contribution("popularity", "", 0.5))
SCORES = Scores(np.array([1.5, 1.5]), np.zeros(1), ("a",), lambda items: [OWN for _ in items])


def test_a_boost_is_one_more_term_of_the_sum() -> None:
    boosted = add_boost(SCORES, Boost("wanted", np.array([0.0, 2.0]), {1: "sql"}))
    assert boosted.values.tolist() == [1.5, 3.5]
    assert boosted.contributions_of([0, 1]) == [OWN, (*OWN, Contribution("wanted", "sql", 2.0))]


def test_a_penalty_of_popularity_joins_its_term_so_that_popular_is_only_said_of_the_rest() -> None:
    penalised = add_boost(SCORES, Boost("popularity", np.array([-0.75, 0.25])))
    assert penalised.contributions_of([0, 1]) == [
        (Contribution("history", "a", 1.0), Contribution("popularity", "", -0.25)),
        (Contribution("history", "a", 1.0), Contribution("popularity", "", 0.75)),
    ]


def test_a_boost_of_nothing_changes_nothing() -> None:
    assert add_boost(SCORES, Boost("wanted", np.zeros(2))) is SCORES
