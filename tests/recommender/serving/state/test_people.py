from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_or_create_personas, set_choices
from lrs.storage.database import Database
from recommender.serving.state import people as people_module
from recommender.serving.state.people import PeopleIndex, build_people, spoken
from recommender.storage.acts_between import ActsBetween
from recommender.storage.user_features import UserFeatures


def _acts(learner: Any, peer: Any, verb: str, strength: int = 4) -> ActsBetween:
    return ActsBetween(learner, peer, verb, 1, 0, strength)


def test_people_are_found_by_their_features() -> None:
    features = {
        "b": UserFeatures(team="red", skills=("SQL ",), language="ca-ES", languages=("en",)),
        "a": UserFeatures(goals=("sql",)),
    }
    acts = [_acts("b", "a", "answered"), _acts("b", "c", "mentored"), _acts("b", "c", "followed")]
    people = build_people(features, ["c", "b"], ["a", "gone"], acts)
    assert people.personas == ("a", "b", "c")
    assert people.skills["sql"].tolist() == [1]
    assert people.goals["sql"].tolist() == [0]
    assert people.teams["red"].tolist() == [1]
    assert sorted(people.languages) == ["ca", "en"]
    assert people.agreed.tolist() == [True, False, False]
    assert people.helped.tolist() == [0, 2, 0]
    assert people.rows.tolist() == [2, 1]


def test_regions_of_languages_do_not_matter() -> None:
    assert spoken(UserFeatures(language="de-AT", languages=("de", "fr-CH"))) == {"de", "fr"}
    assert spoken(UserFeatures()) == set()


def test_help_is_counted_by_the_people_helped(
    database: Database,
    store: Store,
    act: Callable[..., dict[str, Any]],
    post: Any,
    sync: Any,
    agent: Any,
    identifier: Callable[[str], str],
) -> None:
    acts = [("ben", "mentored", "ann"), ("ben", "mentored", "cid"), ("ben", "followed", "dan")]
    post([act(who, verb, agent(whom)) for who, verb, whom in acts])
    sync()
    people = PeopleIndex(database, 0).find(store.id, None, ())
    ben = find_or_create_personas(database, store.id, {identifier("ben"): None})[identifier("ben")]
    assert people.helped[people.index[str(ben)]] == 2
    assert people.helped.sum() == 2


def test_people_of_whom_one_turned_away_from_the_other_are_not_acquainted() -> None:
    acts = [_acts("a", "b", "answered"), _acts("b", "c", "answered"), _acts("c", "b", "blocked", -4)]
    people = build_people({}, [], [], acts)
    assert people.personas == ("a", "b", "c")
    assert people.acquaintance.contacts.tolist() == [1, 1, 0]
    assert people.acquaintance.near(0).tolist() == [0, 1, 0]


def test_people_without_any_features_join_the_others() -> None:
    people = build_people({"a": UserFeatures(skills=("sql",))}, ["a"], [])
    found = people.with_others(["c", "a", "b"])
    assert found.personas == ("a", "b", "c")
    assert found.index == {"a": 0, "b": 1, "c": 2}
    assert found.agreed.tolist() == [False, True, True]
    assert (found.helped.tolist(), len(found.features)) == ([0, 0, 0], 3)
    assert people.with_others(["a"]) is people


def test_people_are_read_again_only_now_and_then(
    database: Database, store: Store, act: Any, post: Any, sync: Any, identifier: Callable[[str], str]
) -> None:
    post([act("ann", "completed", "a")])
    sync()
    rarely, always = PeopleIndex(database, 3600), PeopleIndex(database, 0)
    assert not rarely.find(store.id, None, ()).agreed.any()
    persona = find_or_create_personas(database, store.id, {identifier("ann"): None})[identifier("ann")]
    set_choices(database, store.id, identifier("ann"), {"peer": True})
    assert not rarely.find(store.id, None, ()).agreed.any()
    assert always.find(store.id, None, ()).agreed.tolist() == [True]
    assert rarely.find(store.id, 2, [str(persona)]).rows.tolist() == [0]


def test_no_request_waits_while_people_are_read_again(
    database: Database,
    store: Store,
    act: Any,
    post: Any,
    sync: Any,
    identifier: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = PeopleIndex(database, 0.001)
    assert index.find(store.id, None, ()).personas == ()
    post([act("ben", "mentored", "ann")])
    sync()
    may_read, read = threading.Event(), people_module.all_features

    def slowly(*arguments: Any) -> Any:
        assert may_read.wait(30)
        return read(*arguments)

    monkeypatch.setattr(people_module, "all_features", slowly)
    until = time.monotonic() + 0.2  # longer than 60 times the refresh: by then somebody reads
    while time.monotonic() < until:
        assert index.find(store.id, None, ()).personas == ()
    may_read.set()
    deadline = time.monotonic() + 10
    while not index.find(store.id, None, ()).personas:
        assert time.monotonic() < deadline


def test_a_new_consent_is_seen_before_people_are_read_again(
    database: Database, store: Store, act: Any, post: Any, sync: Any, identifier: Callable[[str], str]
) -> None:
    post([act("ann", "completed", "a")])
    sync()
    index = PeopleIndex(database, 0.01)
    assert not index.find(store.id, None, ()).agreed.any()
    set_choices(database, store.id, identifier("ann"), {"peer": True})
    deadline = time.monotonic() + 10
    while not index.find(store.id, None, ()).agreed.any():
        assert time.monotonic() < deadline
