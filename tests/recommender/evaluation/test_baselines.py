from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommender.dataset import Dataset
from recommender.evaluation.baselines import item_knn, popularity
from recommender.evaluation.report import measure
from recommender.evaluation.split import split_last

MakeDataset = Callable[..., Dataset]


def test_popularity_counts_learners(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a"]})
    assert popularity(dataset)(np.array([0, 1])).tolist() == [[2, 1], [2, 1]]


def test_item_knn_prefers_what_goes_together(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b"], "w": ["c"], "x": ["a"]})
    scores = item_knn(dataset)(np.array([dataset.users.index("x")]))[0]
    assert scores[1] > scores[2]


def test_only_the_nearest_neighbours_count(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b"], "w": ["a", "c"]})
    scores = item_knn(dataset, neighbours=1)(np.array([0]))[0]
    assert scores[2] == 0 or scores[1] > scores[2]


def test_item_knn_beats_popularity_where_interests_differ(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset
) -> None:
    split = split_last(make_dataset(interests()))
    knn = measure("item-kNN", item_knn(split.train), split, 10, 0)
    plain = measure("popularity", popularity(split.train), split, 10, 0)
    assert knn.ndcg > 1.3 * plain.ndcg
