"""What somebody wrote, asked or answered is a nugget once enough others valued it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets, nugget_ids, waiting_ids
from recommender.catalogue.editing import put_entry
from recommender.config import Settings
from recommender.training.jobs import load_dataset

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Sync = Callable[..., Any]
ANSWER = "https://acme.example/answer7"


@pytest.fixture
def answer() -> dict[str, Any]:
    definition = {"type": "http://id.tincanapi.com/activitytype/forum-reply", "name": {"en": "Use an index"}}
    return {"id": ANSWER, "definition": definition}


@pytest.fixture
def is_nugget(database: Database, store: Store, sync: Sync) -> Callable[[], bool]:
    def look() -> bool:
        sync()
        shown = not find_nuggets(database, store.id, [ANSWER])[ANSWER].hidden
        assert (
            shown
            == (ANSWER in nugget_ids(database, store.id))
            == (ANSWER not in waiting_ids(database, store.id))
        )
        return shown

    return look


def test_a_post_is_a_nugget_once_two_others_valued_it(
    act: Act, post: Post, answer: dict[str, Any], is_nugget: Callable[[], bool]
) -> None:
    post(
        [act("ann", "asked", answer, 1), act("ann", "liked", answer, 2), act("ben", "experienced", answer, 3)]
    )
    assert not is_nugget()
    post([act("ben", "liked", answer, 4), act("ben", "bookmarked", answer, 5)])
    assert not is_nugget()
    post([act("cem", "liked", {"id": ANSWER}, 6)])
    assert is_nugget()


@pytest.mark.parametrize("way", ["unliked", "undone", "voided"])
def test_it_is_a_nugget_no_longer_when_that_is_taken_back(
    act: Act, post: Post, answer: dict[str, Any], is_nugget: Callable[[], bool], way: str
) -> None:
    like = act("cem", "liked", answer, 2)
    post([act("ben", "liked", answer, 1), like])
    assert is_nugget()
    reference = {"objectType": "StatementRef", "id": like["id"]}
    post([act("cem", way, {"unliked": answer}.get(way, reference), 3)])
    assert not is_nugget()


@pytest.mark.parametrize(("score", "valued"), [(0.9, True), (0.5, False), (0.1, False)])
def test_only_high_ratings_value_a_post(
    act: Act, post: Post, answer: dict[str, Any], is_nugget: Callable[[], bool], score: float, valued: bool
) -> None:
    rating = {"score": {"scaled": score}}
    post([act(name, "rated", answer, 1, result=rating) for name in ("ben", "cem")])
    assert is_nugget() == valued


def test_what_people_enter_is_a_nugget_however_few_valued_it(
    database: Database,
    store: Store,
    act: Act,
    post: Post,
    answer: dict[str, Any],
    is_nugget: Callable[[], bool],
) -> None:
    post([act("ann", "asked", answer, 1)])
    put_entry(database, store.id, "nuggets", ANSWER, {})
    assert is_nugget()


def test_a_post_nobody_speaks_of_any_more_is_forgotten(
    database: Database, store: Store, act: Act, post: Post, sync: Sync, answer: dict[str, Any]
) -> None:
    asked = act("ann", "asked", answer, 1)
    post([asked])
    sync()
    assert waiting_ids(database, store.id) == {ANSWER}
    post([act("ann", "voided", {"objectType": "StatementRef", "id": asked["id"]}, 2)])
    sync()
    assert waiting_ids(database, store.id) == set()


def test_a_post_that_is_not_a_nugget_yet_is_not_trained_on(
    database: Database, store: Store, act: Act, post: Post, sync: Sync, answer: dict[str, Any]
) -> None:
    post([act("ann", "asked", answer, 1), act("ann", "completed", "joins", 2)])
    sync()
    assert load_dataset(database, store, Settings()).items == ("https://acme.example/joins",)
    post([act(name, "liked", answer, 3) for name in ("ben", "cem")])
    sync()
    assert ANSWER in load_dataset(database, store, Settings()).items
