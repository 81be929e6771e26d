from __future__ import annotations

import pytest

from lrs.auth.stores import Store
from lrs.documents import Preconditions
from lrs.storage.database import Database
from recommender.catalogue import search
from recommender.catalogue.editing import delete_entry, put_entry
from recommender.catalogue.search import NuggetSearch
from schemas.catalogue import NuggetQuery

NUGGETS = {
    "https://acme.example/joins": {"title": {"en": "All Joins"}, "skills": ["sql"]},
    "https://acme.example/views": {"description": {"en": "What a join shows"}, "format": "video"},
    "https://acme.example/walls": {"title": {"en": "Walls"}, "hidden": True},
}


@pytest.fixture
def kept(database: Database, store: Store) -> NuggetSearch:
    for activity, values in NUGGETS.items():
        put_entry(database, store.id, "nuggets", activity, values, Preconditions())
    return NuggetSearch(database)


def found(kept: NuggetSearch, store: Store, **asked: object) -> list[str]:
    query = NuggetQuery(100, **asked)  # type: ignore[arg-type]
    return [name.rpartition("/")[2] for name in kept.find_ids(store.id, query)]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["joins", "views", "walls"]),
        ({"text": "join"}, ["joins", "views"]),
        ({"text": "acme.example/w"}, ["walls"]),
        ({"text": "nothing says this"}, []),
        ({"skill": "sql"}, ["joins"]),
        ({"format": "video", "text": "join"}, ["views"]),
        ({"hidden": True}, ["walls"]),
        ({"repair": "title"}, ["views"]),
        ({"repair": "skills"}, ["views"]),
        ({"repair": "expired"}, []),
        ({"after": "https://acme.example/joins"}, ["views", "walls"]),
    ],
)
def test_nuggets_are_found_by_what_they_say_and_are(
    kept: NuggetSearch, store: Store, asked: dict[str, object], names: list[str]
) -> None:
    assert found(kept, store, **asked) == names


def test_what_is_near_in_meaning_needs_no_word_of_the_text(kept: NuggetSearch, store: Store) -> None:
    near = {"https://acme.example/views", "https://acme.example/walls"}
    query = NuggetQuery(100, text="join", hidden=False)
    assert [name.rpartition("/")[2] for name in kept.find_ids(store.id, query, near)] == ["joins", "views"]


def test_a_change_shows_at_once(kept: NuggetSearch, database: Database, store: Store) -> None:
    assert found(kept, store, text="wall") == ["walls"]
    walls = "https://acme.example/walls"
    put_entry(database, store.id, "nuggets", walls, {"title": {"en": "Fences"}}, Preconditions())
    assert found(kept, store, text="fences") == ["walls"]
    delete_entry(database, store.id, "nuggets", walls, Preconditions())
    assert found(kept, store, text="fences") == []


def test_another_store_finds_nothing(kept: NuggetSearch, store: Store, other_store: Store) -> None:
    assert found(kept, store, text="join")
    assert found(kept, other_store, text="join") == []


def test_a_store_too_large_to_be_kept_is_searched_all_the_same(
    kept: NuggetSearch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_BYTES", 2_000)
    assert found(kept, store, text="join") == ["joins", "views"]


def test_a_search_reads_no_nugget_again(
    kept: NuggetSearch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(kept, store, text="join") == ["joins", "views"]
    monkeypatch.setattr(search, "find_nuggets", None)
    assert found(kept, store, text="nothing says this") == []
