from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.online.impressions import Impressions
from recommender.storage.records import create_indexes


@pytest.fixture
def impressions(database: Database) -> Impressions:
    create_indexes(database)
    return Impressions(database, 30)


def test_an_answer_is_one_document_that_ends_after_its_days(
    impressions: Impressions, database: Database, store: Store, other_store: Store
) -> None:
    persona = ObjectId()
    impressions.note(store.id, persona, 3, ["https://acme.example/b", "https://acme.example/a"], "nuggets")
    (row,) = database.collection("impressions", store.id).find({})
    assert set(row) == {"_id", "store", "persona", "at", "kind", "model", "shown", "probabilities", "expires"}
    assert row["shown"] == ["https://acme.example/b", "https://acme.example/a"]
    assert (row["persona"], row["kind"], row["model"]) == (persona, "nuggets", 3)
    seen = row["_id"].generation_time.replace(tzinfo=None)
    assert abs(row["expires"] - seen - timedelta(days=30)) < timedelta(seconds=5)
    assert database.collection("impressions", other_store.id).find({}) == []


def test_a_learner_never_seen_and_an_empty_answer_leave_no_impression(
    impressions: Impressions, database: Database, store: Store
) -> None:
    impressions.note(store.id, None, 3, ["https://acme.example/a"], "nuggets")
    impressions.note(store.id, ObjectId(), 3, [], "peers")
    assert database.collection("impressions", store.id).count({}) == 0


def test_an_impression_that_cannot_be_written_is_only_logged(
    database: Database, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    too_large = ["x" * 17_000_000]
    with caplog.at_level(logging.WARNING):
        Impressions(database, 30).note(store.id, ObjectId(), 3, too_large, "nuggets")
    assert "up to 1 impressions" in caplog.text


def test_the_database_drops_old_impressions(impressions: Impressions, database: Database) -> None:
    indexes = database.db["impressions"].index_information().values()
    assert [index["key"] for index in indexes if index.get("expireAfterSeconds") == 0] == [[("expires", 1)]]


def test_impressions_of_all_stores_are_written_together(
    database: Database, store: Store, other_store: Store
) -> None:
    background = Impressions(database, 30, pause_s=60)
    for one in (store, other_store):
        background.note(one.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    assert database.collection("impressions", store.id).count({}) == 0
    background.write()
    assert [database.collection("impressions", one.id).count({}) for one in (store, other_store)] == [1, 1]
