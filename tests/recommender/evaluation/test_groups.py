from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget, definition_of
from recommender.dataset.dataset import Dataset
from recommender.evaluation.groups import character, exposures, learner_groups, nugget_groups, segments
from recommender.metrics.measure import Measured
from recommender.metrics.splits import split_last
from recommender.storage.user_features import UserFeatures

MakeDataset = Callable[..., Dataset]


@pytest.fixture
def measured() -> Callable[..., Measured]:
    """Make what was measured of learners 0, 1, ... from their NDCG and lists."""

    def make(ndcg: list[float], lists: list[list[int]]) -> Measured:
        values = np.array(ndcg)
        return Measured(
            "x", np.arange(len(ndcg)), values, values, values, values, values, np.array(lists), 0.0
        )

    return make


def test_learners_are_grouped_by_what_is_known_of_them(make_dataset: MakeDataset) -> None:
    features = {"u": UserFeatures(team="red"), "v": UserFeatures(team="blue")}
    dataset = make_dataset({"u": ["a", "b", "c"], "v": ["a"], "w": list("abcdefghijkl")}, features)
    groups = learner_groups(dataset)
    assert groups["history", "cold"].tolist() == [False, True, False]
    assert groups["history", "warm"].tolist() == [True, False, False]
    assert groups["history", "hot"].tolist() == [False, False, True]
    assert groups["team", "red"].tolist() == [True, False, False]


def test_small_groups_are_left_out(make_dataset: MakeDataset, measured: Callable[..., Measured]) -> None:
    groups = {
        ("team", "red"): np.array([True] * 5 + [False]),
        ("team", "blue"): np.array([False] * 5 + [True]),
    }
    found = segments([measured([0.1, 0.2, 0.3, 0.4, 0.5, 0.9], [[0]] * 6)], "x", groups)
    assert [(one.name, one.learners, one.ndcg) for one in found] == [("red", 5, {"x": 0.3})]


def test_a_group_has_our_interval_and_that_of_the_difference_to_the_same_other(
    measured: Callable[..., Measured],
) -> None:
    ours, other = (
        measured([0.1, 0.2, 0.3, 0.4, 0.5], [[0]] * 5),
        measured([0.0, 0.1, 0.2, 0.3, 0.4], [[0]] * 5),
    )
    (found,) = segments(
        [ours, replace(other, name="EASE")], "EASE", {("team", "red"): np.ones(5, dtype=bool)}
    )
    assert found.ours.low < found.ours.mean == 0.3 < found.ours.high
    assert found.other == "EASE"
    assert (found.difference.mean, found.difference.low, found.difference.high) == (0.1, 0.1, 0.1)


def test_exposure_is_told_beside_what_is_wanted(
    make_dataset: MakeDataset, measured: Callable[..., Measured]
) -> None:
    split = split_last(make_dataset({"u": ["a", "b"], "v": ["b", "a"]}))
    groups = nugget_groups(("a", "b"), {"a": Nugget("a", language="ca"), "b": Nugget("b", language="en")})
    found = {one.name: one for one in exposures([measured([1, 1], [[1, -1], [1, -1]])], split, groups)}
    assert (found["en"].shown, found["en"].relevant, found["en"].ratio) == (1.0, 0.5, 2.0)
    assert (found["ca"].shown, found["ca"].ratio) == (0.0, 0.0)


def test_lists_of_what_everybody_took_are_neither_new_nor_equal(
    make_dataset: MakeDataset, measured: Callable[..., Measured]
) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a"], "w": ["a", "c"]})
    popular = character(measured([1, 1, 1], [[0], [0], [0]]), dataset)
    rare = character(measured([1, 1, 1], [[0], [1], [2]]), dataset)
    assert popular.novelty < rare.novelty
    assert popular.gini > rare.gini == 0
    assert popular.popularity > rare.popularity
    assert popular.diversity is None


def test_lists_of_nuggets_alike_are_not_diverse(
    make_dataset: MakeDataset, measured: Callable[..., Measured]
) -> None:
    nuggets = {name: Nugget(name, skills=("sql",) if name in "ab" else ("tea",)) for name in "abcd"}
    dataset = make_dataset(
        {"u": list("abcd")}, definitions={name: definition_of(one) for name, one in nuggets.items()}
    )
    assert character(measured([1], [[0, 1]]), dataset).diversity == pytest.approx(0, abs=1e-4)
    assert character(measured([1], [[0, 2]]), dataset).diversity == pytest.approx(1, abs=1e-4)
