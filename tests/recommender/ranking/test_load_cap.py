from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.load_cap import spread_load


def test_people_shown_to_many_come_later_and_at_the_cap_not_at_all() -> None:
    found = spread_load(np.array([1.0, 1.0, 1.0, 0.8]), np.array([0, 2, 5, 0]), 5)
    assert found.tolist() == pytest.approx([1.0, 0.88, 0.0, 0.8])
