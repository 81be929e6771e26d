"""A question waits until another person answers it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Any

import pytest

from lrs.personas import PersonaId
from recommender.insights.open_questions import HOUR_US, find_asked, valid_rows, waiting
from recommender.storage.interactions import Interaction, InteractionRow

Make = Callable[..., Any]


def _persona(name: str) -> PersonaId:
    return PersonaId(sha1(name.encode(), usedforsecurity=False).hexdigest()[:24])


@pytest.fixture
def row() -> Callable[..., InteractionRow]:
    """Make a row: who did what, to which Activity or person, and so many hours after the epoch."""

    def make(
        name: str, verb: str, item: str | None = None, hour: float = 0, *, to: str = "", **more: Any
    ) -> InteractionRow:
        at = round(hour * HOUR_US)
        values: dict[str, Any] = {
            "statement_id": str(uuid.uuid4()),
            "ordinal": 0,
            "learner": _persona(name),
            "seq": at.to_bytes(8, "big"),
            "at": at,
            "item": item,
            "verb": verb,
            "kind": "social",
            "strength": 2,
            "weight": 1.0,
            "positive": False,
            "completed": False,
            "session": "",
            "peer": _persona(to) if to else None,
        }
        return Interaction(**{**values, **more})

    return make


@pytest.fixture
def people() -> Callable[[Sequence[str]], frozenset[PersonaId]]:
    """Make the personas of some names."""
    return lambda names: frozenset(map(_persona, names))


def asked(row: Make, name: str, post: str, hour: float = 0) -> Any:
    return row(name, "asked", post, hour, makes_post=True)


def test_a_question_without_an_answer_waits_and_the_oldest_is_first(row: Make, people: Make) -> None:
    found = find_asked([asked(row, "ann", "q1", 3), asked(row, "ben", "q2", 5), asked(row, "cem", "q3", 4)])
    assert [one.post for one in waiting(found, people(["ann", "ben", "cem"]))] == ["q1", "q3", "q2"]


@pytest.mark.parametrize(
    ("name", "verb", "more", "answered"),
    [
        ("ben", "answered", {"about": ["q1"]}, True),
        ("ben", "commented", {"about": ["reply", "q1"]}, True),
        ("ann", "commented", {"about": ["q1"]}, False),
        ("ben", "liked", {"about": ["q1"]}, False),
        ("ben", "viewed", {"item": "q1"}, False),
        ("ben", "answered", {"about": ["other"]}, False),
        ("ben", "answered", {"about": ["q1"], "strength": -2}, False),
    ],
)
def test_only_an_act_of_help_by_another_person_answers(
    row: Make, people: Make, name: str, verb: str, more: dict[str, Any], answered: bool
) -> None:
    act = row(name, verb, hour=2, **{"item": "reply", **more})
    [question] = find_asked([asked(row, "ann", "q1"), act])
    assert (question.answered is not None) == answered


def test_an_answer_that_was_taken_back_leaves_the_question_open(row: Make, people: Make) -> None:
    answer = row("ben", "answered", "reply", 1, about=["q1"])
    undo = row("ben", "undone", None, 2, undoes=answer.statement_id)
    [question] = find_asked(valid_rows([undo, answer, asked(row, "ann", "q1")]))
    assert question.answered is None


def test_what_is_private_is_no_question(row: Make) -> None:
    assert find_asked(valid_rows([row("ann", "asked", "q1", makes_post=True, private=True)])) == []


def test_a_thread_with_the_type_of_a_question_is_one(row: Make) -> None:
    started = [row("ann", "created", post, makes_post=True) for post in ("q1", "blog")]
    assert [one.post for one in find_asked(started, {"q1"})] == ["q1"]


def test_a_question_about_a_nugget_is_no_place_where_an_answer_could_stand(row: Make) -> None:
    assert find_asked([row("ann", "asked", "video")]) == []


def test_the_answer_of_somebody_who_is_not_counted_still_answers(row: Make, people: Make) -> None:
    found = find_asked([asked(row, "ann", "q1"), row("ben", "answered", "reply", 1, about=["q1"])])
    assert waiting(found, people(["ann"])) == []


def test_a_question_of_somebody_who_is_not_counted_is_not_listed(row: Make, people: Make) -> None:
    assert waiting(find_asked([asked(row, "ann", "q1")]), people([])) == []
