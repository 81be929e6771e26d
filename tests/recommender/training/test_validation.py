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
    assert (quality.ndcg, quality.mean) == (1, 1)


def test_what_was_taken_before_does_not_count(validation: Validation) -> None:
    tied = validation.measure(_scores(a=9, b=8, c=2, d=2)).ndcg
    assert tied == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_ties_count_what_they_do_on_average(validation: Validation) -> None:
    mean = sum(1 / np.log2(place + 2) for place in range(10)) / 24  # the place among 24 candidates is a draw
    assert validation.measure(np.zeros((2, 26))).ndcg == pytest.approx(mean)


def test_the_newest_tenth_of_each_learner_is_held_out(make_dataset: MakeDataset) -> None:
    letters = list("abcdefghijklmnopqrstuvwxyz")
    split = validation_split(make_dataset({"u": letters, "v": ["a", "b"], "w": ["a"], "x": letters[::-1]}))
    assert np.diff(split.held_out.indptr).tolist() == [2, 1, 0, 2]


@pytest.mark.parametrize(
    ("gains", "errors", "better"),
    [([0.1, 0.1], 1, True), ([0.3, -0.1], 1, False), ([0.3, -0.1], 0.5, True), ([0.0, 0.0], 0, False)],
)
def test_a_gain_counts_from_some_standard_errors_on(gains: list[float], errors: float, better: bool) -> None:
    before, equal = np.array([0.5, 0.5]), np.array([0.5, 0.5])
    after = Quality(0.6, before + gains, equal)
    assert after.is_better(Quality(0.5, before, equal), errors) is better


def test_a_learner_whose_future_begins_earlier_counts_less(make_dataset: MakeDataset) -> None:
    names = [f"i{number}" for number in range(10)]
    taken = {f"u{number:03}": names[number % 10 :] + names[: number % 10] for number in range(201)}
    dataset = make_dataset(taken)
    day_us, begins = 86_400_000_000, dataset.user_of.astype(np.int64)
    begins[begins == 200] = 40_000  # a clock in the future
    timed = replace(dataset, at=(begins + 1) * day_us + np.arange(len(begins)) * 1_000_001)
    validation = Validation(validation_split(timed))
    assert validation.weights.sum() == pytest.approx(1)
    assert (validation.weights / validation.weights[-1]).tolist() == pytest.approx(
        (0.5 ** (np.arange(200, -1, -1) / 100)).tolist()
    )
    untimed = Validation(validation_split(dataset))
    assert untimed.weights.tolist() == pytest.approx([1 / 201] * 201)
