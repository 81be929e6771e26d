from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lrs.auth.stores import Store
from lrs.documents import Preconditions
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.editing import delete_entry, put_entry
from recommender.catalogue.encoder import Array, Encoder, find_encoder
from recommender.catalogue.meanings import find_outdated, load_meanings, refresh_meanings

TITLES = {
    "fire-ca": {"ca": "Prevenció d'incendis a la feina"},
    "fire-de": {"de": "Brandschutz am Arbeitsplatz"},
    "talk-de": {"de": "Schwierige Gespräche führen"},
    "books-de": {"de": "Grundlagen der Buchhaltung"},
}


class CountingEncoder(Encoder):
    """Counts what it encodes; each text has a direction of its own."""

    def __init__(self, name: str = "counting 1") -> None:
        super().__init__(name)
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Array:
        self.encoded += texts
        rows = np.zeros((len(texts), 512), dtype=np.int8)
        rows[np.arange(len(texts)), [sum(text.encode()) % 512 for text in texts]] = 100
        return rows


def enter(database: Database, store: Store, name: str, title: dict[str, str]) -> None:
    put_entry(database, store.id, "nuggets", name, {"title": title}, Preconditions())


@pytest.fixture
def entered(database: Database, store: Store) -> None:
    for name, title in TITLES.items():
        enter(database, store, f"https://acme.example/{name}", title)


@pytest.mark.usefixtures("entered")
def test_only_what_changed_is_computed_again(database: Database, store: Store) -> None:
    encoder = CountingEncoder()
    assert refresh_meanings(database, store.id, encoder) == 4
    assert refresh_meanings(database, store.id, encoder) == 0
    enter(database, store, "https://acme.example/talk-de", {"de": "Gespräche"})
    encoder.encoded.clear()
    assert refresh_meanings(database, store.id, encoder) == 1
    assert encoder.encoded == ["Gespräche"]


@pytest.mark.usefixtures("entered")
def test_another_encoder_computes_all_again(database: Database, store: Store) -> None:
    refresh_meanings(database, store.id, CountingEncoder())
    assert refresh_meanings(database, store.id, CountingEncoder("counting 2")) == 4


@pytest.mark.usefixtures("entered")
def test_meanings_of_nuggets_that_are_gone_are_deleted(database: Database, store: Store) -> None:
    refresh_meanings(database, store.id, CountingEncoder())
    delete_entry(database, store.id, "nuggets", "https://acme.example/talk-de", Preconditions())
    refresh_meanings(database, store.id, CountingEncoder())
    assert "https://acme.example/talk-de" not in load_meanings(database, store.id).rows


def test_hidden_nuggets_and_those_without_a_title_need_no_meaning(database: Database, store: Store) -> None:
    for name, values in {"hidden": {"title": {"en": "Old"}, "hidden": True}, "bare": {"level": "x"}}.items():
        put_entry(database, store.id, "nuggets", f"https://acme.example/{name}", values, Preconditions())
    nuggets = find_nuggets(database, store.id, ["https://acme.example/hidden", "https://acme.example/bare"])
    assert find_outdated({}, nuggets, CountingEncoder()) == {}


@pytest.mark.usefixtures("entered")
def test_a_catalan_title_finds_its_german_twin(database: Database, store: Store) -> None:
    encoder = find_encoder()
    if encoder is None:
        pytest.skip("needs the extra semantic")
    refresh_meanings(database, store.id, encoder)
    meanings = load_meanings(database, store.id)
    twin = meanings.of(["https://acme.example/fire-ca"])[0]
    found = list(meanings.nearest(twin, 2, 0.3))
    assert found == ["https://acme.example/fire-ca", "https://acme.example/fire-de"]


def test_an_unknown_nugget_has_a_vector_of_zeros(database: Database, store: Store) -> None:
    assert not load_meanings(database, store.id).of(["https://acme.example/none"]).any()
