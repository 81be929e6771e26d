from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

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


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event, list[int]]]:
    """Let writes wait: the events of one that began and of their going on, and how many each wrote."""
    began, going_on, written = threading.Event(), threading.Event(), []

    def insert(_database: Any, _store: Any, impressions: Sequence[Any], _days: int) -> None:
        began.set()
        assert going_on.wait(20)
        written.append(len(impressions))

    monkeypatch.setattr("recommender.online.impressions.insert_impressions", insert)
    yield began, going_on, written
    going_on.set()


def test_answers_do_not_wait_for_the_writing_thread(
    database: Database, store: Store, slow: tuple[threading.Event, threading.Event, list[int]]
) -> None:
    began, going_on, written = slow
    background = Impressions(database, 30, pause_s=0.001)
    note = partial(background.note, store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    note()
    writer = background._writer
    assert writer is not None
    assert began.wait(20)
    for _ in range(5):
        note()
    assert (background._writer, written) == (writer, [])
    going_on.set()
    writer.join(20)
    assert (written, background._writer, background._unwritten) == ([1, 5], None, 0)


def test_the_end_waits_for_what_is_being_written(
    database: Database, store: Store, slow: tuple[threading.Event, threading.Event, list[int]]
) -> None:
    began, going_on, written = slow
    background = Impressions(database, 30, pause_s=0.001)
    background.note(store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    assert began.wait(20)
    ending = threading.Thread(target=background.write)
    ending.start()
    ending.join(0.05)
    assert ending.is_alive()
    going_on.set()
    ending.join(20)
    assert written == [1]


def test_where_no_thread_can_be_started_the_answer_is_given_and_the_next_one_tries_again(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    background = Impressions(database, 30, pause_s=0.001)
    with monkeypatch.context() as limited:
        limited.setattr(threading.Thread, "start", refuse)
        background.note(store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    assert background._writer is None
    background.note(store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    background.write()
    assert database.collection("impressions", store.id).count({}) == 2


def test_what_still_waits_at_the_end_is_written(database: Database, store: Store, other_store: Store) -> None:
    background = Impressions(database, 30, pause_s=60)
    for one in (store, other_store):
        background.note(one.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    assert database.collection("impressions", store.id).count({}) == 0
    background.write()
    background.write()
    assert [database.collection("impressions", one.id).count({}) for one in (store, other_store)] == [1, 1]


def test_no_more_wait_than_there_is_room_for(
    database: Database, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.online.impressions.MOST_WAITING", 2)
    background = Impressions(database, 30, pause_s=60)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            background.note(store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    background.write()
    assert database.collection("impressions", store.id).count({}) == 2
    assert "too many are waiting" in caplog.text


def test_an_unforeseen_error_is_logged_and_later_impressions_are_written(
    database: Database, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insert(*_arguments: object) -> None:
        raise KeyError("unforeseen")

    background = Impressions(database, 30, pause_s=0.001)
    with monkeypatch.context() as failing:
        failing.setattr("recommender.online.impressions.insert_impressions", insert)
        background.note(store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
        deadline = time.monotonic() + 20
        while background._writer is not None:
            assert time.monotonic() < deadline
    assert "impressions not written: 'unforeseen'" in caplog.text
    assert background._unwritten == 0
    background.note(store.id, ObjectId(), 3, ["https://acme.example/a"], "nuggets")
    background.write()
    assert database.collection("impressions", store.id).count({}) == 1
