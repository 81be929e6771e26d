from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.serving.state.courses import MIN_COMPLETERS, Courses, course_of
from recommender.storage.interactions import Interaction, InteractionRow

LEARNERS = [ObjectId() for _ in range(MIN_COMPLETERS + 5)]
COURSE = {"id": "https://acme.example/course"}


def _row(learner: int, item: str, at: int, **more: object) -> InteractionRow:
    row = Interaction(
        statement_id=f"{learner} {item} {at}",
        ordinal=0,
        learner=LEARNERS[learner],
        seq=b"",
        at=at,
        item=item,
        verb="completed",
        kind="formal",
        strength=4,
        weight=1.0,
        positive=True,
        completed=True,
        session="day",
        within=("course",),
    )
    return replace(row, **more)  # type: ignore[arg-type]


def _look(learner: int, item: str, at: int) -> InteractionRow:
    return _row(learner, item, at, verb="viewed", completed=False, positive=False)


def test_steps_are_what_holds_no_other_step() -> None:
    rows = [
        _row(0, "module", 1),
        _row(0, "video", 2, within=("course", "module")),
        _row(0, "thread", 3, kind="social"),
        _row(0, "course", 4),
    ]
    assert course_of("course", rows, set()).steps == {"video"}


def test_the_order_is_that_of_completions_where_learners_complete_a_step() -> None:
    rows = [_look(0, "b", 1), _row(0, "a", 2), _row(0, "b", 3), _look(0, "page", 4), _look(1, "b", 5)]
    found = course_of("course", rows, set())
    assert found.order.places == {"a": 0, "b": 1, "page": 2}
    assert found.completable == {"a", "b"}
    one_of_many = [_row(0, "a", 1), *(_look(learner, "a", 2) for learner in range(1, 9))]
    assert course_of("course", one_of_many, set()).completable == set()


def test_those_who_completed_the_course_tell_its_order_where_they_are_enough() -> None:
    rows = [_row(learner, item, at) for learner in range(MIN_COMPLETERS) for at, item in enumerate("ab")]
    rows += [_row(learner, item, at) for learner in range(MIN_COMPLETERS, 15) for at, item in enumerate("ba")]
    complete = set(LEARNERS[:MIN_COMPLETERS])
    assert course_of("course", rows, complete).order.directly_after("") == {"a": MIN_COMPLETERS}
    few = course_of("course", rows, set(LEARNERS[:2])).order
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
