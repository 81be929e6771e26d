from __future__ import annotations

import threading

import pytest

from lrs.auth.stores import Store
from lrs.documents import Preconditions
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry
from recommender.catalogue.encoder import find_encoder
from recommender.serving.state import meanings
from recommender.serving.state.meanings import MeaningIndex
from recommender.storage.meanings import find_meanings
from recommender.storage.records import create_indexes

FIRE, BOOKS = "https://acme.example/fire", "https://acme.example/books"
needs_encoder = pytest.mark.skipif(find_encoder() is None, reason="needs the extra semantic")


@pytest.fixture(autouse=True)
def entered(database: Database, store: Store) -> None:
    create_indexes(database)
    for name, title in {FIRE: "Fire safety at work", BOOKS: "Basics of accounting"}.items():
        put_entry(database, store.id, "nuggets", name, {"title": {"en": title}}, Preconditions())


@needs_encoder
def test_a_query_in_another_language_finds_what_it_means(database: Database, store: Store) -> None:
    index = MeaningIndex(database, 0)
    assert index.near(store.id, "Brandschutz am Arbeitsplatz") == {}  # nothing is computed yet
    assert list(index.near(store.id, "Brandschutz am Arbeitsplatz")) == [FIRE]
    assert list(index.near(store.id, "Grundlagen der Buchhaltung")) == [BOOKS]
    assert index.near(store.id, "Wandern in den Alpen") == {}


@needs_encoder
def test_a_changed_title_is_found_by_its_new_meaning(database: Database, store: Store) -> None:
    index = MeaningIndex(database, 0)
    for _ in range(2):
        index.near(store.id, "Brandschutz")
    put_entry(database, store.id, "nuggets", FIRE, {"title": {"en": "Python for beginners"}}, Preconditions())
    assert list(index.near(store.id, "Python für Einsteiger")) == [FIRE]
    assert index.near(store.id, "Brandschutz am Arbeitsplatz") == {}


@needs_encoder
def test_a_process_that_nobody_asks_computes_nothing(database: Database, store: Store) -> None:
    index = MeaningIndex(database, 0)
    assert len(index.find(store.id).rows) == len(index.find(store.id).rows) == 0
    assert find_meanings(database, store.id, [FIRE, BOOKS]) == {}


@needs_encoder
def test_another_process_takes_what_was_computed(database: Database, store: Store) -> None:
    first = MeaningIndex(database, 0)
    for _ in range(2):
        first.near(store.id, "Brandschutz")
    assert set(MeaningIndex(database, 0).find(store.id).rows) == {FIRE, BOOKS}


@needs_encoder
def test_where_there_are_meanings_the_encoder_is_loaded_before_the_first_search(
    database: Database, store: Store
) -> None:
    first = MeaningIndex(database, 0)
    for _ in range(2):
        first.near(store.id, "Brandschutz")
    find_encoder.cache_clear()
    assert MeaningIndex(database, 0).find(store.id).rows
    for thread in threading.enumerate():
        if thread.name == "encoder":
            thread.join()
    encoder = find_encoder()
    assert encoder is not None and encoder.is_loaded


def test_without_the_extra_there_are_no_meanings(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meanings, "find_encoder", lambda: None)
    index = MeaningIndex(database, 0)
    assert index.near(store.id, "Brandschutz") == {}
    assert not index.find(store.id).rows
