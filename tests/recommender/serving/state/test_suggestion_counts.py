from __future__ import annotations

import time

import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.online.impressions import Impressions
from recommender.serving.state.suggestion_counts import DAY_US, PeerLoads
from recommender.storage.impressions import Impression, insert_impressions


def test_a_person_is_counted_once_for_each_learner_but_the_one_who_asks(
    database: Database, store: Store
) -> None:
    loads, impressions = PeerLoads(database, 7, refresh_s=0), Impressions(database, 30)
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
    assert PeerLoads(database, 7).count(store.id, None, ["expert"]).tolist() == [1]


def test_what_grows_too_old_while_it_is_known_is_forgotten(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns() // 1000
    for days in (1, 6, 3):
        impression = Impression(ObjectId(), now - days * DAY_US, "peers", 1, ("expert",))
        insert_impressions(database, store.id, [impression], 30)
    loads = PeerLoads(database, 7, refresh_s=3600)
    assert loads.count(store.id, None, ["expert"]).tolist() == [3]
    for days, left in ((2, 2), (5, 1), (7, 0)):
        monkeypatch.setattr(time, "time_ns", lambda days=days: (now + days * DAY_US) * 1000)
        assert loads.count(store.id, None, ["expert"]).tolist() == [left]


def test_what_other_processes_show_is_followed(database: Database, store: Store) -> None:
    loads, impressions = PeerLoads(database, 7, refresh_s=0), Impressions(database, 30)
    for number in range(1, 4):
        impressions.note(store.id, ObjectId(), 1, ["expert"], "peers")
        assert loads.count(store.id, None, ["expert"]).tolist() == [number]


def test_between_looks_the_database_is_left_alone(database: Database, store: Store) -> None:
    loads = PeerLoads(database, 7, refresh_s=3600)
    assert loads.count(store.id, None, ["expert"]).tolist() == [0]
    Impressions(database, 30).note(store.id, ObjectId(), 1, ["expert"], "peers")
    assert loads.count(store.id, None, ["expert"]).tolist() == [0]
