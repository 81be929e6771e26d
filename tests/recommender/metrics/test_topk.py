from __future__ import annotations

import numpy as np
import pytest

from recommender.metrics.topk import top_scores


@pytest.mark.parametrize("items", [1, 7, 50, 1000, 4099])
@pytest.mark.parametrize("k", [1, 10])
def test_the_best_are_those_of_a_full_sort(items: int, k: int) -> None:
    scores = np.random.default_rng(items).permutation(5 * items).reshape(5, items).astype(np.float32)
    assert np.array_equal(top_scores(scores, k), np.argsort(-scores, axis=1)[:, :k])


def test_equal_scores_are_no_trouble() -> None:
    scores = np.zeros((2, 500), dtype=np.float32)
    scores[:, 400:405] = 1
    best = top_scores(scores, 10)
    assert np.take_along_axis(scores, best, axis=1).tolist() == [[1] * 5 + [0] * 5] * 2
    assert all(len(set(line)) == 10 for line in best.tolist())


def test_what_is_no_candidate_comes_last() -> None:
    scores = np.full((1, 400), -np.inf, dtype=np.float32)
    scores[0, [7, 399]] = (1, 2)
    assert top_scores(scores, 3)[0, :2].tolist() == [399, 7]


def test_nobody_and_nothing_are_no_error() -> None:
    assert top_scores(np.zeros((0, 500)), 2).shape == (0, 2)
    assert top_scores(np.zeros((2, 0)), 3).shape == (2, 0)
