from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking.places import keep_within, lifts_into_first, nth_best

RANDOM = np.random.default_rng(3)
SCORES = RANDOM.normal(size=60)
ALL = np.ones(60, dtype=bool)


@pytest.mark.parametrize(("rank", "score"), [(1, 4.0), (3, 2.0), (9, 1.0)])
def test_the_nth_best_score_is_that_of_the_candidates(rank: int, score: float) -> None:
    scores = np.array([1.0, 2.0, 9.0, 3.0, 4.0])
    assert nth_best(scores, np.array([True, True, False, True, True]), rank) == score


def test_without_candidates_the_nth_best_score_is_zero() -> None:
    assert nth_best(SCORES, ~ALL, 3) == 0.0


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("start", [0, 20])
def test_promised_nuggets_come_among_the_first_five_and_the_best_of_all_stays_first(
    number: int, start: int
) -> None:
    worst = np.argsort(SCORES)[start : start + number].tolist()
    lifted = SCORES + lifts_into_first(SCORES, ALL, worst, 5)
    order = np.argsort(-lifted).tolist()
    assert set(worst) <= set(order[:5])
    assert order[0] == int(np.argmax(SCORES))
    assert [one for one in order if one in worst] == worst


def test_where_all_scores_are_the_same_promised_ones_still_come_first() -> None:
    lifted = lifts_into_first(np.zeros(9), np.ones(9, dtype=bool), [8, 7], 5)
    assert np.argsort(-lifted, kind="stable").tolist()[:2] == [8, 7]


def test_what_is_among_the_first_already_keeps_its_score() -> None:
    assert not lifts_into_first(SCORES, ALL, [int(np.argmax(SCORES))], 5).any()
    assert not lifts_into_first(SCORES, ALL, [], 5).any()
    assert not lifts_into_first(SCORES[:4], ALL[:4], [0], 5).any()


@pytest.mark.parametrize(
    ("promised", "expected"),
    [([], "abcdef"), ([0], "abcdef"), ([4], "abecdf"), ([5, 4], "afebcd"), ([0, 5], "abfcde")],
)
def test_promised_nuggets_are_kept_within_the_first_ranks(promised: list[int], expected: str) -> None:
    found = keep_within([0, 1, 2, 3, 4, 5], promised, 3)
    assert "".join("abcdef"[one] for one in found) == expected
