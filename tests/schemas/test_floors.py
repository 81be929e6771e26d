from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.floors import FLOOR, told


@pytest.mark.parametrize(("people", "said"), [(0, 0), (1, 0), (4, 0), (5, 5), (9, 5), (10, 10), (203, 200)])
def test_numbers_of_people_are_told_in_steps_of_the_floor(people: int, said: int) -> None:
    assert told(people) == said


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_difference_of_two_numbers_speaks_of_fewer(one: int, other: int) -> None:
    difference = abs(told(one) - told(other))
    assert difference == 0 or difference >= FLOOR
    assert told(one) <= one
