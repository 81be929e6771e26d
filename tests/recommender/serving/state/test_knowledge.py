from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.serving.state.knowledge import Knowledge, TopicKnowledge, build_knowledge
from recommender.storage.interactions import InteractionRow, find_rows_on

ANN, BEN, CID = ObjectId(), ObjectId(), ObjectId()
NOW = 1_760_000_000_000_000
PARTS_OF = {"q": [0], "nugget": [0, 1]}


def _row(learner: ObjectId, verb: str, item: str = "q", **more: Any) -> InteractionRow:
    known: dict[str, Any] = {"positive": False, "completed": False, "at": NOW, "strength": 4, **more}
    row: InteractionRow = InteractionRow(
        f"{learner}-{verb}-{item}",
        0,
        learner,
        b"",
        known["at"],
        item,
        verb,
        "social",
        known["strength"],
        1.0,
        known["positive"],
        known["completed"],
        "",
    )
    others = {name: value for name, value in more.items() if name not in ("strength", "at")}
    return replace(row, **others)


def _know(*rows: InteractionRow) -> Knowledge:
    return build_knowledge(rows, PARTS_OF, [1.0, 2.0], NOW)


def test_answering_shows_knowledge_and_asking_a_wish() -> None:
    found = _know(_row(ANN, "asked", makes_post=True, positive=True), _row(BEN, "answered", peer=ANN))
    assert list(found.index) == [str(BEN)]
    assert found.asking == {str(ANN)}
    assert found.known[0].ways == {(0, "answered"): 1}


def test_a_comment_on_the_own_question_shows_no_knowledge() -> None:
    asked = _row(ANN, "asked", makes_post=True)
    reply = _row(ANN, "commented", "r", about=["r", "q"], makes_post=True, peer=BEN)
    assert _know(asked, reply).index == {}
    assert list(_know(reply).index) == [str(ANN)]


@pytest.mark.parametrize(
    ("row", "way"),
    [
        (_row(ANN, "completed", "nugget", completed=True, positive=True), "completed"),
        (_row(ANN, "liked", "nugget", positive=True), "interested"),
        (_row(ANN, "created", "nugget", makes_post=True, positive=True), "created"),
        (_row(ANN, "commented", "nugget", peer=BEN, positive=True), "discussed"),
        (_row(ANN, "mentored", "nugget", peer=BEN, positive=True), "taught"),
    ],
)
def test_what_was_done_with_a_nugget_counts_for_each_of_its_parts(row: InteractionRow, way: str) -> None:
    found = _know(row)
    assert found.known[0].ways == {(0, way): 1, (1, way): 1}
    assert found.known[0].items == {way: ("nugget",)}
    assert found.scores[0] > 0


@pytest.mark.parametrize(
    "row",
    [
        _row(ANN, "watched", "nugget", positive=True, min_progress=0.5, progress=0.1),
        _row(ANN, "viewed", "nugget"),
        _row(ANN, "disliked", "nugget", strength=-4, positive=True),
        _row(ANN, "answered", "nugget", kind="formal"),
    ],
)
def test_a_look_a_dislike_and_an_answer_in_a_test_show_nothing(row: InteractionRow) -> None:
    assert _know(row).index == {}


def test_each_nugget_counts_once_and_each_answer_does() -> None:
    twice = [
        replace(_row(BEN, "completed", "nugget", completed=True), statement_id=name, at=NOW) for name in "ab"
    ]
    answers = [replace(_row(CID, "answered", peer=ANN), statement_id=name) for name in "cd"]
    found = _know(*twice, *answers)
    assert found.known[0].ways == {(0, "completed"): 1, (1, "completed"): 1}
    assert found.known[1].ways == {(0, "answered"): 2}


def test_what_was_taken_back_counts_no_more() -> None:
    answer = _row(BEN, "answered", peer=ANN)
    undo = replace(_row(BEN, "undone", "q", strength=0), item=None, undoes=answer.statement_id, at=NOW + 1)
    assert _know(answer, undo).index == {}


def test_nothing_known_is_no_error() -> None:
    found = _know()
    assert (found.index, found.scores.tolist(), found.known) == ({}, [], ())


@pytest.mark.parametrize(("progress", "known"), [(0.1, 0), (0.9, 1)])
def test_a_video_of_which_little_was_seen_shows_nothing(progress: float, known: int) -> None:
    played = _row(ANN, "watched", "nugget", positive=True, min_progress=0.5, progress=progress)
    assert len(_know(played).index) == known


def test_a_topic_whose_parts_changed_is_read_at_once(
    act: Callable[..., Any],
    post: Callable[..., Any],
    sync: Callable[..., Any],
    database: Database,
    store: Store,
    url: Callable[[str], str],
) -> None:
    post([act("ann", "completed", "a"), act("ann", "completed", "b", 1), act("ben", "completed", "a", 2)])
    sync()
    knowledge, subjects = TopicKnowledge(database, 60), [url("a")]
    knowledge.find(store.id, "x", ("gone", "sql"), [[], subjects], [1.0, 1.0])
    found = knowledge.find(store.id, "x", ("sql",), [subjects], [1.0])
    assert [one.ways for one in found.known] == [{(0, "completed"): 1}] * 2
    assert knowledge.find(store.id, "x", ("sql",), [subjects], [1.0]) is found
    newest = find_rows_on(database, store.id, [url("a"), url("b")], 2)
    assert sorted(str(row.item) for row in newest) == [url("a"), url("b")]
    assert len({row.learner for row in newest}) == 2
