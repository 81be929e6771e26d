from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.metrics import ranking as metrics
from recommender.metrics.ranking import Ranks, top_scores

MakeRanks = Callable[..., Ranks]
CLOSED = -np.inf


@pytest.fixture
def one() -> MakeRanks:
    """Make the ranks of one learner's relevant items."""

    def make(ranks: list[int], candidates: int = 100) -> Ranks:
        of, alone = np.zeros(len(ranks), dtype=int), np.ones(len(ranks), dtype=int)
        return Ranks(1, of, np.array(ranks, dtype=int), alone, np.array([candidates]))

    return make


def test_ranks_leave_out_what_is_no_candidate() -> None:
    scores = np.array([[CLOSED, 5.0, 7.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    ranks = metrics.find_ranks(scores, sp.csr_matrix([[0, 1, 0, 0], [1, 0, 0, 1]]))
    assert ranks.of.tolist() == [0, 1, 1]
    assert ranks.rank.tolist() == [1, 0, 3]
    assert ranks.candidates.tolist() == [3, 4]
    assert ranks.relevant.tolist() == [1, 2]


def test_equal_scores_share_their_ranks() -> None:
    ranks = metrics.find_ranks(np.array([[3.0, 0, 0, 0, 0]]), sp.csr_matrix([[0, 0, 1, 0, 1]]))
    assert (ranks.first.tolist(), ranks.tied.tolist(), ranks.rank.tolist()) == ([1, 1], [4, 4], [2.5, 2.5])


@pytest.mark.parametrize("k", [1, 2, 4, 9])
@pytest.mark.parametrize("relevant", [[1], [1, 2], [0, 1, 2], [0, 5], [3, 4, 6]])
def test_with_equal_scores_each_metric_is_the_mean_over_all_orders(k: int, relevant: list[int]) -> None:
    scores = np.array([[5.0, 2, 2, 2, 2, 1, 1]])
    wanted = sp.csr_matrix((np.ones(len(relevant)), ([0] * len(relevant), relevant)), shape=(1, 7))
    orders = [
        [[5.0, *(2 + step / 10 for step in some), *(1 + step / 10 for step in rest)]]
        for some in permutations(range(4))
        for rest in permutations(range(2))
    ]
    for metric in (
        lambda ranks: metrics.ndcg_at_k(ranks, k),
        lambda ranks: metrics.precision_at_k(ranks, k),
        lambda ranks: metrics.recall_at_k(ranks, k),
        metrics.mrr,
        metrics.auc,
    ):
        each = [metric(metrics.find_ranks(np.array(order), wanted))[0] for order in orders]
        assert metric(metrics.find_ranks(scores, wanted))[0] == pytest.approx(np.mean(each))


def test_ranks_are_the_same_whatever_is_ranked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    scores, relevant = random.normal(size=(30, 20)), sp.csr_matrix(random.random((30, 20)) < 0.2)
    whole = metrics.find_ranks(scores, relevant)
    monkeypatch.setattr(metrics, "CELLS_AT_ONCE", 60)
    assert metrics.find_ranks(scores, relevant).rank.tolist() == whole.rank.tolist()


@pytest.mark.parametrize(("rank", "ndcg"), [(0, 1.0), (1, 1 / np.log2(3)), (10, 0.0)])
def test_ndcg_of_one_relevant_item(one: MakeRanks, rank: int, ndcg: float) -> None:
    assert metrics.ndcg_at_k(one([rank]), 10) == pytest.approx([ndcg])


def test_a_perfect_list_has_ndcg_one(one: MakeRanks) -> None:
    assert metrics.ndcg_at_k(one([0, 1, 2]), 10) == pytest.approx([1.0])
    assert metrics.ndcg_at_k(one([0, 1, 2]), 2) == pytest.approx([1.0])


def test_precision_recall_and_mrr(one: MakeRanks) -> None:
    ranks = one([1, 4, 30])
    assert metrics.precision_at_k(ranks, 10) == pytest.approx([0.2])
    assert metrics.recall_at_k(ranks, 10) == pytest.approx([2 / 3])
    assert metrics.mrr(ranks) == pytest.approx([0.5])


@pytest.mark.parametrize(("ranks", "expected"), [([0, 1], 1.0), ([3, 4], 0.0), ([2], 0.5)])
def test_auc(one: MakeRanks, ranks: list[float], expected: float) -> None:
    assert metrics.auc(one(ranks, 5)) == pytest.approx([expected])


def test_auc_without_other_candidates_says_nothing(one: MakeRanks) -> None:
    assert metrics.auc(one([0], 1)).tolist() == [0.5]


def test_learners_are_measured_apart() -> None:
    ranks = Ranks(2, np.array([0, 1, 1]), np.array([0, 1, 2]), np.ones(3, dtype=int), np.array([4, 4]))
    assert metrics.mrr(ranks).tolist() == [1.0, 0.5]
    assert metrics.auc(ranks).tolist() == [1.0, 0.5]
    assert metrics.precision_at_k(ranks, 2).tolist() == [0.5, 0.5]


def test_the_best_are_listed_first_and_equal_ones_in_their_order() -> None:
    scores = np.array([[0.0, 2.0, 0.0, 3.0, 0.0], [CLOSED, CLOSED, 1.0, CLOSED, 2.0]])
    assert metrics.top_lists(scores, 3).tolist() == [[3, 1, 0], [4, 2, -1]]


def test_lists_are_no_longer_than_the_catalogue() -> None:
    assert metrics.top_lists(np.array([[1.0, 2.0]]), 10).tolist() == [[1, 0]]


def test_coverage_is_the_share_of_the_catalogue_shown() -> None:
    assert metrics.coverage(np.array([[1, 1], [2, -1]]), 4) == 0.5
    assert metrics.coverage(np.array([]), 0) == 0.0


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
