from __future__ import annotations

from collections.abc import Callable

from recommender.dataset import Dataset
from recommender.evaluation.split import best_split, split_by_time, split_last

MakeDataset = Callable[..., Dataset]


def test_the_last_of_each_learner_is_held_out(make_dataset: MakeDataset) -> None:
    split = split_last(make_dataset({"u": ["a", "b"], "v": ["b", "a"], "once": ["a"]}))
    assert split.train.taken().toarray().tolist() == [[1, 0], [1, 0], [0, 1]]
    assert split.held_out.toarray().tolist() == [[0, 0], [0, 1], [1, 0]]
    assert split.learners.tolist() == [1, 2]


def test_everything_after_one_moment_is_the_future(make_dataset: MakeDataset) -> None:
    split = split_by_time(make_dataset({"u": list("abcdefghij"), "v": list("jihgfedcba"), "w": ["a"]}), 0.1)
    assert split.train.at.max() == 8
    assert split.learners.tolist() == [0, 1]
    assert split.held_out.toarray()[0].tolist() == [0] * 9 + [1]


def test_what_was_never_seen_in_the_past_is_not_judged(make_dataset: MakeDataset) -> None:
    split = split_last(make_dataset({"u": ["a", "new"], "v": ["b", "a"]}))
    assert split.learners.tolist() == [1]


def test_completions_of_the_future_do_not_leak(make_dataset: MakeDataset) -> None:
    split = split_last(make_dataset({"u": ["a", "b"], "v": ["b", "a"]}))
    assert split.train.known().toarray().tolist() == [[1, 0], [0, 1]]


def test_too_few_learners_in_the_future_fall_back_to_the_last(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["b", "a"]})
    assert best_split(dataset, 0.1, 20).name == "last"
    assert best_split(dataset, 0.5, 1).name == "time"


def test_an_empty_dataset_can_be_split(make_dataset: MakeDataset) -> None:
    assert len(best_split(make_dataset({}), 0.1, 1).learners) == 0
