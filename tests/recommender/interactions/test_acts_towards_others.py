from __future__ import annotations

import pytest

from recommender.interactions.acts_towards_others import HELPING, help_weight, weight


@pytest.mark.parametrize(
    ("strengths", "expected"), [([], 0.0), ([4], 0.5), ([4, 4], 1.0), ([5, 5], 1.0), ([4, -5], 0.0)]
)
def test_acts_weigh_by_their_strengths_from_0_to_1(strengths: list[int], expected: float) -> None:
    assert weight(strengths) == expected


@pytest.mark.parametrize("verb", HELPING)
def test_a_helping_act_shows_help_of_the_one_who_does_it(verb: str) -> None:
    assert help_weight(done={verb: 4}, received={}) == 0.5
    assert help_weight(done={}, received={verb: 4}) == 0.0


def test_any_other_act_shows_help_of_the_one_who_receives_it() -> None:
    assert help_weight(done={}, received={"asked": 4}) == 0.5
    assert help_weight(done={"asked": 4}, received={}) == 0.0
