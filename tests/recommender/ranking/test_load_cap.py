from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.load_cap import spread_load


@pytest.mark.parametrize(("shown", "left"), [(0, 1.0), (2, 0.8), (5, 0.5), (10, 0.125), (50, 0.005)])
def test_the_more_learners_saw_a_person_the_later_the_person_comes(shown: int, left: float) -> None:
    assert spread_load(np.ones(1), np.array([shown]), 5) == pytest.approx([left])


def test_a_person_beyond_the_cap_comes_first_only_where_all_others_are_far_worse() -> None:
    loads = np.array([10, 0])
    assert np.argmax(spread_load(np.array([1.0, 0.2]), loads, 5)) == 1
    assert np.argmax(spread_load(np.array([1.0, 0.1]), loads, 5)) == 0
