from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation import metrics


def test_places_leave_out_what_is_excluded() -> None:
    scores = np.array([9.0, 5.0, 7.0, 1.0])
    assert metrics.places(scores, np.array([1]), np.array([0])).tolist() == [1.0]


def test_ties_count_half_against_the_relevant_item() -> None:
    assert metrics.places(np.zeros(5), np.array([2]), np.array([], dtype=int)).tolist() == [2.0]


def test_a_relevant_item_stays_a_candidate_when_known() -> None:
    assert metrics.places(np.array([1.0, 2.0]), np.array([0]), np.array([0])).tolist() == [1.0]


@pytest.mark.parametrize(("rank", "ndcg"), [(0, 1.0), (1, 1 / np.log2(3)), (10, 0.0)])
def test_ndcg_of_one_relevant_item(rank: int, ndcg: float) -> None:
    assert metrics.ndcg_at_k(np.array([rank]), 10) == pytest.approx(ndcg)


def test_a_perfect_list_has_ndcg_one() -> None:
    assert metrics.ndcg_at_k(np.array([0, 1, 2]), 10) == pytest.approx(1.0)


def test_precision_recall_and_mrr() -> None:
    ranks = np.array([1.0, 4.0, 30.0])
    assert metrics.precision_at_k(ranks, 10) == pytest.approx(0.2)
    assert metrics.recall_at_k(ranks, 10) == pytest.approx(2 / 3)
    assert metrics.mrr(ranks) == pytest.approx(0.5)


@pytest.mark.parametrize(("ranks", "expected"), [([0, 1], 1.0), ([3, 4], 0.0), ([2], 0.5)])
def test_auc(ranks: list[int], expected: float) -> None:
    assert metrics.auc(np.array(ranks), 5) == pytest.approx(expected)


def test_auc_without_other_candidates_says_nothing() -> None:
    assert metrics.auc(np.array([0]), 1) == 0.5


def test_coverage_is_the_share_of_the_catalogue_shown() -> None:
    assert metrics.coverage(np.array([1, 1, 2]), 4) == 0.5
    assert metrics.coverage(np.array([]), 0) == 0.0
