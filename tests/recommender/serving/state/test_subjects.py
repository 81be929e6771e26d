from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.nuggets import Nugget
from recommender.serving.state.subjects import SubjectIndex, Subjects, texts_of, words_of
from recommender.storage.entries import change_entries, find_edition

Post = Callable[[list[dict[str, Any]]], None]


def test_words_may_be_begun_if_they_are_long_enough() -> None:
    nuggets = [Nugget("a", {"en": "Joining tables"}), Nugget("b", {"en": "Tablets"}, skills=("x://s#sql",))]
    subjects = Subjects({one.id: texts_of(one) for one in nuggets})
    found = {word: subjects.with_word(word).tolist() for word in ("tabl", "tables", "tab", "sql", "join")}
    assert found == {"tabl": [0, 1], "tables": [0], "tab": [], "sql": [1], "join": [0]}
    assert subjects.skills["x://s#sql"].tolist() == [1]


def test_words_of_a_text_come_once() -> None:
    assert words_of("To be, or not to BE?") == ["to", "be", "or", "not"]


def test_posts_that_wait_and_new_nuggets_are_subjects_and_what_is_voided_is_none(
    database: Database,
    store: Store,
    act: Callable[..., dict[str, Any]],
    post: Post,
    sync: Callable[..., Any],
) -> None:
    index = SubjectIndex(database, 0)
    assert index.find(store.id).ids == ()
    kind = "http://activitystrea.ms/schema/1.0/question"
    question = {"id": "x://q", "definition": {"type": kind, "name": {"en": "Why?"}}}
    asked = act("ann", "asked", question)
    post([asked, act("ben", "completed", "sql")])
    sync()
    assert set(index.find(store.id).ids) == {"x://q", "https://acme.example/sql"}
    edition = find_edition(database, store.id, "nuggets")
    change_entries(database, store.id, "nuggets", edition, {"x://new": {"title": {"en": "New tables"}}})
    assert [index.find(store.id).ids[one] for one in index.find(store.id).with_word("tables")] == ["x://new"]
    voids = {"objectType": "StatementRef", "id": asked["id"]}
    post([{**act("ann", "voided", {}), "object": voids}])
    sync()
    assert "x://q" not in index.find(store.id).ids
