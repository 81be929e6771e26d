"""Every collection says what it holds of people, and why, and for how long."""

from __future__ import annotations

import ast

import pytest

from lrs.privacy.declarations import DECLARATIONS as OF_THE_LRS
from lrs.privacy.declarations import ELSEWHERE, personal
from lrs.storage.embedded_engine.engine import EmbeddedEngine
from lrs.storage.personal_data import PartOf, PersonalData
from lrs.storage.records import INDEXES, RECORDS
from recommender.privacy.declarations import DECLARATIONS as OF_THE_RECOMMENDER
from recommender.privacy.declarations import EVERYTHING
from recommender.storage import records as recommending
from scripts import privacy_page

DECLARED = {one.collection: one for one in EVERYTHING}


def collections_named(tree):
    """Yield each name written as `database.collection("name", ...)` or `db["name"]`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "collection":
            yield from (one.value for one in node.args[:1] if isinstance(one, ast.Constant))
        elif isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "db":
            yield from [node.slice.value] if isinstance(node.slice, ast.Constant) else []


def test_every_collection_that_the_code_names_is_declared(modules):
    records = {record._meta["collection"] for record in (*RECORDS, *recommending.RECORDS)}
    indexed = INDEXES.keys() | recommending.INDEXES.keys() | EmbeddedEngine.indexes.keys()
    named = {name for tree in modules.values() for name in collections_named(tree)}
    assert named > {"statements", "interactions"}
    assert (records | indexed | named) - EmbeddedEngine.indexes.keys() <= DECLARED.keys()


def test_every_collection_is_declared_once():
    assert len(DECLARED) == len(EVERYTHING) == len(OF_THE_LRS) + len(OF_THE_RECOMMENDER)


def test_what_is_part_of_another_collection_names_one_that_is_declared():
    parts = [one for one in EVERYTHING if isinstance(one, PartOf)]
    assert {one.whole for one in parts} <= DECLARED.keys()


@pytest.mark.parametrize("one", personal(EVERYTHING), ids=lambda one: one.collection)
def test_personal_data_says_what_it_is_and_how_long_it_is_kept(one):
    assert isinstance(one, PersonalData)
    assert all((one.fields, one.why.endswith("."), one.kept))


def test_places_outside_the_database_are_declared_too():
    places = {one.place for one in ELSEWHERE}
    assert {"database files", "journal", "backups", "import files", "logs", "exports and reports"} <= places
    assert all((one.why, one.kept, one.erased) for one in ELSEWHERE)


def test_the_page_says_what_is_declared():
    assert privacy_page.PAGE.read_text() == privacy_page.page_text(), (
        "run: learnerprise privacy declarations --write"
    )
