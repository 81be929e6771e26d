from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.serving.state.courses import MIN_COMPLETERS, Courses, course_of
from recommender.storage.courses import CourseAct

LEARNERS = [ObjectId() for _ in range(MIN_COMPLETERS + 5)]
COURSE = {"id": "https://acme.example/course"}


def _act(learner: int, unit: str, at: int, completed: bool = True, *places: str) -> CourseAct:
    return CourseAct(LEARNERS[learner], unit, at, completed, ("course", *places))


def _look(learner: int, unit: str, at: int) -> CourseAct:
    return _act(learner, unit, at, False)


def test_steps_are_what_holds_no_other_step() -> None:
    acts = [_act(0, "module", 1), _act(0, "video", 2, True, "module"), _act(0, "course", 4)]
    assert course_of("course", acts, set()).steps == {"video"}


def test_the_order_is_that_of_completions_where_learners_complete_a_step() -> None:
    acts = [_look(0, "b", 1), _act(0, "a", 2), _act(0, "b", 3), _look(0, "page", 4), _look(1, "b", 5)]
    found = course_of("course", acts, set())
    assert found.order.places == {"a": 0, "b": 1, "page": 2}
    assert found.completable == {"a", "b"}
    one_of_many = [_act(0, "a", 1), *(_look(learner, "a", 2) for learner in range(1, 9))]
    assert course_of("course", one_of_many, set()).completable == set()


def test_those_who_completed_the_course_tell_its_order_where_they_are_enough() -> None:
    acts = [_act(learner, item, at) for learner in range(MIN_COMPLETERS) for at, item in enumerate("ab")]
    acts += [_act(learner, item, at) for learner in range(MIN_COMPLETERS, 15) for at, item in enumerate("ba")]
    complete = set(LEARNERS[:MIN_COMPLETERS])
    assert course_of("course", acts, complete).order.directly_after("") == {"a": MIN_COMPLETERS}
    few = course_of("course", acts, set(LEARNERS[:2])).order
    assert few.directly_after("") == {"a": MIN_COMPLETERS, "b": 5}


def test_a_course_is_read_again_when_statements_came(
    database: Database,
    store: Store,
    act: Callable[..., Any],
    post: Callable[..., None],
    sync: Callable[..., Any],
) -> None:
    courses, inside = Courses(database, 0), {"context": {"contextActivities": {"parent": [COURSE]}}}
    assert courses.find(store.id, COURSE["id"]).steps == set()
    post([act("ann", "completed", "a", **inside)])
    sync()
    found = courses.find(store.id, COURSE["id"])
    assert found.steps == {"https://acme.example/a"}
    assert found.nuggets["https://acme.example/a"].titles["en"] == "About a"
    assert courses.find(store.id, COURSE["id"]) is found
