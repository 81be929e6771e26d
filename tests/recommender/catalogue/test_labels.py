"""How skills, roles and teams are called in the language of the reader."""

from __future__ import annotations

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry
from recommender.catalogue.labels import Labels, find_labels

SQL = {"de": "SQL-Abfragen", "ca": "consultes SQL"}


def test_a_label_is_in_the_language_of_the_reader_else_in_that_of_most_labels() -> None:
    labels = Labels({"sql": SQL, "git": {"de": "Versionen"}, "r": {"fr": "le langage R"}}, "de")
    assert labels.find("SQL", "ca-ES") == "consultes SQL"
    assert labels.find("sql", "fr") == "SQL-Abfragen"
    assert labels.find("r", "ca") == "le langage R"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("data-modelling", "data modelling"),
        ("lockout_tagout", "lockout tagout"),
        ("C++", "C++"),
        ("e-learning", "e-learning"),
        ("a - b", "a - b"),
        ("http://data.europa.eu/esco/skill/machine-learning", "machine learning"),
        ("https://case.example/skills#sql/", "sql"),
        ("Data Analyst", "Data Analyst"),
    ],
)
def test_a_name_without_a_label_is_shown_as_words(name: str, shown: str) -> None:
    assert Labels().find(name, "en") == shown


def test_labels_are_read_from_what_was_entered(database: Database, store: Store, other_store: Store) -> None:
    put_entry(database, store.id, "labels", "sql", {"name": "SQL", "label": {"de-AT": "SQL-Abfragen"}})
    assert find_labels(database, store.id) == Labels({"sql": {"de": "SQL-Abfragen"}}, "de")
    assert find_labels(database, other_store.id) == Labels()
