from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.serving.nuggets.prerequisites import find_blocked, needed_boost
from recommender.serving.state.nugget_table import build_columns

COLUMNS = build_columns(
    [
        Nugget("a"),
        Nugget("b", prerequisites=("a",)),
        Nugget("c", prerequisites=("b", "a")),
        Nugget("d", prerequisites=("elsewhere",)),
        Nugget("e", prerequisites=("f",)),
        Nugget("f", prerequisites=("e",)),
        Nugget("g", prerequisites=("g",)),
    ]
)


def _mask(ids: str) -> np.ndarray:
    return np.array([nugget.id in ids for nugget in COLUMNS.nuggets])


@pytest.mark.parametrize(
    ("done", "blocked"),
    [
        (set(), "bcdef"),
        ({"a"}, "cdef"),
        ({"a", "b", "elsewhere"}, "ef"),
        ({"e"}, "bcde"),
    ],
)
def test_what_requires_something_not_done_is_not_ready(done: set[str], blocked: str) -> None:
    found = find_blocked(COLUMNS, _mask("".join(done & set("abcdefg"))), done)
    assert found.tolist() == _mask(blocked).tolist()


def test_what_has_to_be_done_first_gets_the_place() -> None:
    scores = np.array([-1.0, 0.0, 3.0, 5.0, 9.0, 9.0, 0.5])
    boost = needed_boost(COLUMNS, scores, _mask("abcdefg"), _mask("bcdef"), _mask(""))
    assert boost.values.tolist() == [4.0, 0, 0, 0, 0, 0, 0]
    assert boost.names == {0: "c"}


def test_what_is_better_anyway_is_not_lifted() -> None:
    scores = np.array([9.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0])
    boost = needed_boost(COLUMNS, scores, _mask("abcdefg"), _mask("bcdef"), _mask(""))
    assert not boost.values.any()


def test_for_what_may_not_be_recommended_nothing_is_lifted() -> None:
    scores = np.array([-1.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0])
    boost = needed_boost(COLUMNS, scores, _mask("a"), _mask("bcdef"), _mask(""))
    assert not boost.values.any()


def test_a_step_in_the_middle_that_may_not_be_recommended_is_looked_behind() -> None:
    scores = np.array([-1.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0])
    boost = needed_boost(COLUMNS, scores, _mask("ac"), _mask("bcdef"), _mask(""))
    assert boost.names == {0: "c"}
