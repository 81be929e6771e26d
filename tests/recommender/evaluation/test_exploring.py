"""What exploration costs at most: the gain of the places that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from recommender.dataset.dataset import Dataset
from recommender.evaluation.exploring import ndcg_with_exploration, share_explored
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


def test_a_week_explores_as_many_places_as_new_nuggets_need_and_a_fifth_of_the_others(
    make_dataset: Callable[[Mapping[str, Sequence[str]]], Dataset],
) -> None:
    dataset = make_dataset({f"p{number}": ["a", "b", "c"] for number in range(100)} | {"ann": ["a", "new"]})
    day_us = 86_400_000_000
    days = np.where(dataset.item_of == dataset.items.index("new"), 200, dataset.user_of % 90).astype(np.int64)
    timed = replace(dataset, at=(days + 1) * day_us + dataset.user_of.astype(np.int64) * 1_000_001)
    untimed = replace(dataset, at=np.ones_like(dataset.at))
    assert share_explored(untimed, 10, 0.05) == pytest.approx(0.05 * 0.2)
    used = 20 / (7 * 101 * 10 * 0.05)
    assert share_explored(timed, 10, 0.05) == pytest.approx(0.05 * (used + (1 - used) * 0.2))
    assert share_explored(timed, 10, 0.001) == pytest.approx(0.001)
    assert share_explored(timed, 10, 0.0) == 0.0
