from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.dataset.dataset import Dataset
from recommender.metrics.splits import split_last
from recommender.training.validation import Quality, Validation, validation_split

MakeDataset = Callable[..., Dataset]


@pytest.fixture
def validation(make_dataset: MakeDataset) -> Validation:
    """Two learners of whom the last item is held out: c and d."""
    letters = list("abcdefghijklmnopqrstuvwxyz")
    taken = {"u": ["a", "b", "c"], "v": ["a", "b", "d"], "w": letters, "x": letters}
    split = split_last(make_dataset(taken))
    return Validation(replace(split, learners=split.learners[:2]))


def _scores(**scores: float) -> np.ndarray:
    line = np.zeros(26)
    for letter, score in scores.items():
        line[ord(letter) - ord("a")] = score
    return np.stack([line, line])


def test_a_perfect_ranking_is_one(validation: Validation) -> None:
    scores = np.stack([_scores(c=1)[0], _scores(d=1)[0]])
    quality = validation.measure(scores)
    assert (quality.ndcg, quality.auc) == (1, 1)


def test_what_was_taken_before_does_not_count(validation: Validation) -> None:
    tied = validation.measure(_scores(a=9, b=8, c=2, d=2)).ndcg
    assert tied == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_ties_count_half(validation: Validation) -> None:
    assert validation.measure(np.zeros((2, 26))).auc == pytest.approx(0.5)


def test_where_time_says_nothing_the_last_of_each_is_held_out(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({f"u{number}": ["a", "b", "c"] for number in range(30)})
    assert validation_split(dataset).name == "last"


def test_else_the_newest_tenth_is_held_out(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({f"u{number:02}": ["a", "b", "c", "d"] for number in range(60)})
    split = validation_split(replace(dataset, at=np.random.default_rng(1).permutation(240)))
    assert split.name == "time"
    assert split.held_out.nnz == 24


def test_where_all_who_took_something_lately_are_new_the_last_of_each_is_held_out(
    make_dataset: MakeDataset,
) -> None:
    dataset = make_dataset({f"u{number:02}": ["a", "b", "c", "d"] for number in range(60)})
    one_after_the_other = replace(dataset, at=np.arange(240))
    assert validation_split(one_after_the_other).name == "last"


@pytest.mark.parametrize(("gains", "clear"), [([0.1, 0.1], True), ([0.3, -0.1], False), ([0.0, 0.0], False)])
def test_a_gain_is_clear_from_more_than_one_standard_error_on(gains: list[float], clear: bool) -> None:
    before = np.array([0.5, 0.5])
    better = Quality(0.6, 0.9, before + gains)
    assert better.is_clearly_better(Quality(0.5, 0.9, before)) is clear
