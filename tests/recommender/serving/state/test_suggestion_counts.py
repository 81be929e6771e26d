from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.online.impressions import Impressions
from recommender.serving.state import suggestion_counts
from recommender.serving.state.suggestion_counts import DAY_US, SuggestionCounts
from recommender.storage.impressions import Impression, insert_impressions


def test_a_person_is_counted_once_for_each_learner_but_the_one_who_asks(
    database: Database, store: Store
) -> None:
    loads, impressions = SuggestionCounts(database, 7, refresh_s=0), Impressions(database, 30)
    ann, ben = ObjectId(), ObjectId()
    for learner in (ann, ann, ben):
        impressions.note(store.id, learner, 1, ["expert", "other"], "peers")
    impressions.note(store.id, ben, 1, ["expert"], "nuggets")
    assert loads.count(store.id, None, ["expert", "other", "nobody"]).tolist() == [2, 2, 0]
    assert loads.count(store.id, ann, ["expert"]).tolist() == [1]


def test_what_was_shown_before_the_period_does_not_count(database: Database, store: Store) -> None:
    now = time.time_ns() // 1000
    for days in (6, 8, 9):
        impression = Impression(ObjectId(), now - days * DAY_US, "peers", 1, ("expert",))
        insert_impressions(database, store.id, [impression], 30)
    assert SuggestionCounts(database, 7).count(store.id, None, ["expert"]).tolist() == [1]


def test_what_grows_too_old_while_it_is_known_is_forgotten(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns() // 1000
    for days in (1, 6, 3):
        impression = Impression(ObjectId(), now - days * DAY_US, "peers", 1, ("expert",))
        insert_impressions(database, store.id, [impression], 30)
    loads = SuggestionCounts(database, 7, refresh_s=3600)
    assert loads.count(store.id, None, ["expert"]).tolist() == [3]
    for days, left in ((2, 2), (5, 1), (7, 0)):
        monkeypatch.setattr(time, "time_ns", lambda days=days: (now + days * DAY_US) * 1000)
        assert loads.count(store.id, None, ["expert"]).tolist() == [left]


def test_what_other_processes_show_is_followed(database: Database, store: Store) -> None:
    loads, impressions = SuggestionCounts(database, 7, refresh_s=0), Impressions(database, 30)
    for number in range(1, 4):
        impressions.note(store.id, ObjectId(), 1, ["expert"], "peers")
        assert loads.count(store.id, None, ["expert"]).tolist() == [number]


def test_between_looks_the_database_is_left_alone(database: Database, store: Store) -> None:
    loads = SuggestionCounts(database, 7, refresh_s=3600)
    assert loads.count(store.id, None, ["expert"]).tolist() == [0]
    Impressions(database, 30).note(store.id, ObjectId(), 1, ["expert"], "peers")
    assert loads.count(store.id, None, ["expert"]).tolist() == [0]


def test_no_request_waits_while_the_whole_period_is_read_again(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, impressions = SuggestionCounts(database, 7, refresh_s=0.001), Impressions(database, 30)
    impressions.note(store.id, ObjectId(), 1, ["expert"], "peers")
    assert counts.count(store.id, None, ["expert"]).tolist() == [1]
    may_read, since, read = threading.Event(), [], suggestion_counts.iterate_impressions

    def slowly(database: Database, store_id: Any, kind: Any, start: int, end: int) -> Iterator[Impression]:
        since.append(start)
        assert may_read.wait(20)
        return read(database, store_id, kind, start, end)

    monkeypatch.setattr(suggestion_counts, "iterate_impressions", slowly)
    monkeypatch.setattr(suggestion_counts, "READ_AGAIN_S", 0.0)
    impressions.note(store.id, ObjectId(), 1, ["expert"], "peers")
    until = time.monotonic() + 0.1  # many times the refresh
    while time.monotonic() < until:
        assert counts.count(store.id, None, ["expert"]).tolist() == [1]
    assert since[0] < time.time_ns() // 1000 - 6 * DAY_US
    may_read.set()
    deadline = time.monotonic() + 20
    while counts.count(store.id, None, ["expert"]).tolist() != [2]:
        assert time.monotonic() < deadline


def test_a_later_impression_of_the_same_pair_counts_by_its_time(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, ann = time.time_ns() // 1000, ObjectId()
    counts = SuggestionCounts(database, 7, refresh_s=0)
    for days in (6, 0):
        impression = Impression(ann, now - days * DAY_US, "peers", 1, ("expert",))
        insert_impressions(database, store.id, [impression], 30)
        assert counts.count(store.id, None, ["expert"]).tolist() == [1]
    monkeypatch.setattr(time, "time_ns", lambda: (now + 5 * DAY_US) * 1000)
    assert counts.count(store.id, None, ["expert"]).tolist() == [1]
