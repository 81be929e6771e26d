"""Places drawn at random, each with the probability that it really has."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from recommender.ranking.exploration import count_places, draw, kept_probabilities, seed_of

DIGESTS = np.array([7, 11, 2**31, 99, 12345], dtype=np.uint64)
WEIGHTS = np.array([4.0, 0.0, 1.0, 2.0, 3.0])


def test_places_are_the_share_of_the_list_on_average() -> None:
    counts = [count_places(seed_of("learner", hour), 10, 0.05) for hour in range(4000)]
    assert set(counts) == {0, 1}
    assert np.mean(counts) == pytest.approx(0.5, abs=0.03)
    assert {count_places(seed_of(hour), 20, 0.05) for hour in range(50)} == {1}


def test_items_are_drawn_as_often_as_their_probability_says() -> None:
    seen: Counter[int] = Counter()
    told: dict[int, float] = {}
    for hour in range(4000):
        found = draw(seed_of(hour), 10, 0.05, WEIGHTS, DIGESTS)
        seen.update(found.positions)
        told |= dict(zip(found.positions, found.probabilities, strict=True))
    assert set(seen) == {0, 2, 3, 4}
    for item, probability in told.items():
        assert seen[item] / 4000 == pytest.approx(probability, abs=0.03)


def test_the_same_seed_draws_the_same_item_though_another_is_gone() -> None:
    same = 0
    for hour in range(200):
        found = draw(seed_of(hour), 20, 0.05, WEIGHTS, DIGESTS).positions
        others = [item for item in (0, 2, 3, 4) if item not in found]
        fewer = WEIGHTS.copy()
        fewer[others[0]] = 0.0
        same += draw(seed_of(hour), 20, 0.05, fewer, DIGESTS).positions == found
    assert same == 200


def test_nothing_is_drawn_where_all_are_out() -> None:
    assert draw(1, 10, 1.0, np.zeros(5), DIGESTS).positions == ()


@pytest.mark.parametrize(
    ("kept", "limit", "share", "pool", "expected"),
    [
        (10, 10, 0.05, 5, [*[1.0] * 9, 0.5]),
        (9, 10, 0.05, 5, [1.0] * 9),
        (20, 20, 0.05, 5, [*[1.0] * 19, 0.0]),
        (30, 30, 0.05, 5, [*[1.0] * 28, 0.5, 0.0]),
        (30, 30, 0.05, 1, [*[1.0] * 29, 0.0]),
        (4, 5, 0.2, 5, [1.0] * 4),
    ],
)
def test_what_is_kept_was_sure_to_be_shown_but_for_the_last(
    kept: int, limit: int, share: float, pool: int, expected: list[float]
) -> None:
    assert kept_probabilities(kept, limit, share, pool) == pytest.approx(expected)
