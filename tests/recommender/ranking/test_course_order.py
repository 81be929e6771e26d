from __future__ import annotations

import pytest

from recommender.ranking.course_order import START, CourseOrder, learn_order, onwards, rank_open

TAKEN = [*[["a", "c", "b", "d"]] * 3, ["a", "b", "d"], ["a", "b", "c", "d"]]


def test_an_order_knows_median_places_and_what_follows() -> None:
    order = learn_order(TAKEN)
    assert order.places == {"a": 0, "b": 2, "c": 1, "d": 3}
    assert order.directly_after("a") == {"c": 3, "b": 2}
    assert order.directly_after(START) == {"a": 5}
    assert order.directly_after("d") == {}


@pytest.mark.parametrize(
    ("taken", "ranked"),
    [
        ([], ["a", "b", "c", "d"]),
        (["a"], ["c", "b", "d"]),
        (["a", "c"], ["b", "d"]),
        (["a", "b", "c"], ["d"]),
    ],
)
def test_what_most_took_soonest_after_the_last_steps_comes_first(taken: list[str], ranked: list[str]) -> None:
    found = rank_open(learn_order(TAKEN), taken, {"a", "b", "c", "d"} - set(taken))
    assert found[0] == ranked[0]
    assert sorted(found) == sorted(ranked)


def test_of_what_as_many_took_next_the_usual_order_decides() -> None:
    order = learn_order([["x", "n", "m"], ["x", "m", "n"], ["m"]])
    assert rank_open(order, ["x"], {"m", "n"}) == ["m", "n"]


def test_without_any_learner_steps_are_in_the_order_of_their_ids() -> None:
    assert rank_open(CourseOrder(), [], ["b", "a"]) == ["a", "b"]


def test_the_usual_order_goes_on_from_the_last_step_and_comes_back_to_what_was_passed_over() -> None:
    places = {"a": 0.0, "b": 1.0, "c": 2.0, "d": 3.0}
    assert onwards(places, ["a", "c"], ["new", "b", "d"]) == ["d", "new", "b"]
