"""What exploration costs at most: the gain of the places that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from recommender.dataset.dataset import Dataset
from recommender.evaluation.exploring import ndcg_with_exploration
from recommender.metrics.measure import measure_learners
from recommender.metrics.splits import split_last


@pytest.mark.parametrize(("place", "lost"), [(0, 0.0), (3, 0.0), (4, 0.5)])
def test_only_the_last_place_is_at_stake_and_as_often_as_it_is_drawn(
    make_dataset: Callable[[Mapping[str, Sequence[str]]], Dataset], place: int, lost: float
) -> None:
    names = [f"i{number}" for number in range(8)]
    dataset = make_dataset({"ann": ["i7", "i0"], "ben": [*names[1:], "i0"], "cem": ["i0", "i7", "i6"]})
    split = split_last(dataset)
    scores = np.zeros(8)
    others = list(range(1, 7))
    ranked = [*others[:place], 0, *others[place:]]
    scores[ranked] = np.arange(7, 0, -1)
    measured = measure_learners("", lambda users: np.tile(scores, (len(users), 1)), split, 5)
    ann = list(measured.learners).index(dataset.users.index("ann"))
    found = ndcg_with_exploration(measured, split, 0.1)[ann]
    assert found == pytest.approx(measured.ndcg[ann] * (1 - lost))
    assert ndcg_with_exploration(measured, split, 0.0)[ann] == pytest.approx(measured.ndcg[ann])
