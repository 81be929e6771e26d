from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.models.linear import Factors, LinearScorer, Links

RANDOM = np.random.default_rng(3)
SQUARE = sp.csr_matrix((RANDOM.random((6, 6)) * RANDOM.integers(0, 2, (6, 6))).astype(np.float32))
VECTORS = RANDOM.normal(size=(6, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "scorer",
    [Links(SQUARE), Factors(VECTORS, VECTORS[::-1].copy()), Factors(SQUARE, SQUARE)],
    ids=["links", "dense factors", "sparse factors"],
)
def test_scores_are_the_weighted_sum_of_links_of_the_past(scorer: LinearScorer) -> None:
    past, weights = np.array([4, 1]), np.array([0.5, 2.0], dtype=np.float32)
    row = sp.csr_matrix((weights, past, [0, 2]), shape=(1, 6))
    links = scorer.of_past(past)
    told = weights @ links.to(np.arange(6))
    assert scorer.scores(row)[0] == pytest.approx(told, abs=1e-5)
    assert links.scores(weights) == pytest.approx(told, abs=1e-5)
    assert links.to(np.array([5, 2])).tolist() == links.to(np.arange(6))[:, [5, 2]].tolist()
    shares = np.array([0.25, 0.0, 0.5, 0.25, 0.0, 0.0], dtype=np.float32)
    assert links.mean(shares) == pytest.approx(links.to(np.arange(6)) @ shares, abs=1e-5)


def test_links_need_not_be_sorted() -> None:
    unsorted = sp.csr_matrix((np.array([1.0, 2.0], dtype=np.float32), [2, 0], [0, 2, 2, 2]), shape=(3, 3))
    links = Links(unsorted).of_past(np.array([0, 1]))
    assert links.to(np.array([0, 1, 2])).tolist() == [[2.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
