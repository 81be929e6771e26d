from __future__ import annotations

from collections.abc import Sequence

import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.ranking.course_order import CourseOrder, learn_order
from recommender.serving.next.standing import Standing
from recommender.serving.next.steps import Ground, Step, count_left, list_steps
from recommender.storage.user_features import UserFeatures

OUTSIDE = {
    "before": Nugget("before"),
    "earlier": Nugget("earlier", prerequisites=("before",)),
    "sql": Nugget("sql", skills=("sql",), level="intermediate"),
}
NOTHING, NO_ORDER = Standing(), CourseOrder()


def _ground(
    steps: Sequence[Nugget],
    standing: Standing = NOTHING,
    done: str = "",
    closed: str = "",
    order: CourseOrder = NO_ORDER,
) -> Ground:
    own = {one.id: one for one in steps}
    known = {**OUTSIDE, **own}
    everything = frozenset([*done.split(), *standing.finished])
    return Ground(
        own, standing, everything, UserFeatures(), order, known.get, lambda one: one.id not in closed.split()
    )


def _plain(*names: str) -> list[Nugget]:
    return [Nugget(name) for name in names]


def _stages(steps: Sequence[Step]) -> list[tuple[str, str]]:
    return [(one.activity, one.stage) for one in steps]


def test_what_is_begun_comes_before_what_was_failed_and_what_is_open() -> None:
    standing = Standing(("a",), ("c", "b"), ("d",), {"d": 1})
    found = list_steps(_ground(_plain(*"abcde"), standing))
    assert _stages(found) == [("c", "begun"), ("b", "begun"), ("d", "failed"), ("e", "open")]


@pytest.mark.parametrize(("attempts", "left"), [(None, [None]), (3, [1]), (2, [])])
def test_what_was_failed_is_tried_again_while_attempts_are_left(
    attempts: int | None, left: list[int | None]
) -> None:
    test = Nugget("test", attempts=attempts)
    found = list_steps(_ground([test], Standing(failed=("test",), attempts={"test": 2})))
    assert [one.left for one in found] == left


@pytest.mark.parametrize(("level", "again"), [("beginner", False), ("advanced", True)])
def test_what_was_failed_is_not_tried_again_where_the_skill_is_shown_elsewhere(
    level: str, again: bool
) -> None:
    test = Nugget("test", skills=("sql",), level=level)
    ground = _ground([test], Standing(failed=("test",), attempts={"test": 1}), done="sql")
    assert bool(list_steps(ground)) is again


def test_the_order_of_the_catalogue_goes_on_from_the_last_step() -> None:
    steps = [Nugget(name, position=place) for place, name in enumerate("dcba", start=1)]
    found = list_steps(_ground(steps, Standing(("c",))))
    assert [(one.activity, one.reason) for one in found] == [
        ("b", "next.order"),
        ("a", "next.open"),
        ("d", "next.open"),
    ]
    first = list_steps(_ground(steps))[0]
    assert (first.activity, first.reason) == ("d", "next.first")


def test_what_the_last_step_opened_comes_first() -> None:
    steps = [*_plain("a", "b"), Nugget("z", prerequisites=("a",))]
    assert [one.activity for one in list_steps(_ground(steps))] == ["a", "b"]
    found = list_steps(_ground(steps, Standing(("a",))))[0]
    assert (found.activity, found.reason, found.named) == ("z", "next.opened", "a")


def test_otherwise_the_order_of_learners_counts_and_is_claimed_of_five() -> None:
    order = learn_order([["a", "c", "b"]] * 5)
    found = list_steps(_ground(_plain(*"abc"), Standing(("a",)), order=order))
    assert [(one.activity, one.reason, one.named) for one in found] == [
        ("c", "next.after", "a"),
        ("b", "next.open", ""),
    ]
    assert list_steps(_ground(_plain(*"abc"), order=order))[0].reason == "next.begin"
    few = learn_order([["a", "c", "b"]] * 4)
    assert list_steps(_ground(_plain(*"abc"), Standing(("a",)), order=few))[0] == Step(
        "c", "open", "next.open"
    )


def test_what_may_not_be_taken_is_no_step() -> None:
    standing = Standing((), ("a",), ("b",), {"b": 1})
    assert _stages(list_steps(_ground(_plain(*"abcd"), standing, closed="a b c"))) == [("d", "open")]


def test_where_all_is_blocked_what_has_to_be_done_before_is_the_step() -> None:
    blocked = Nugget("blocked", prerequisites=("earlier",))
    found = list_steps(_ground([blocked]))
    assert [(one.activity, one.reason, one.named) for one in found] == [
        ("before", "needed_before", "blocked")
    ]
    assert list_steps(_ground([blocked], done="before"))[0].activity == "earlier"
    assert list_steps(_ground([Nugget("x", prerequisites=("y",)), Nugget("y", prerequisites=("x",))])) == []


def test_steps_left_are_counted_with_those_that_wait() -> None:
    ground = _ground([*_plain(*"abc"), Nugget("d", prerequisites=("c",))], Standing(("a",), ("b",)))
    assert count_left(ground, list_steps(ground)) == 3
