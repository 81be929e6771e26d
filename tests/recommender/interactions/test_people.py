"""Who was joined is one learner for everything that is kept by persona; who was parted is two again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.people.linking import join_people, part_person
from lrs.personas import find_person, pending_changes
from lrs.privacy.erasing import ErasureWish, erase_person
from lrs.storage.database import Database
from recommender.interactions import sync as syncing
from recommender.interactions.takers import find_takes
from recommender.privacy.declarations import HOLDINGS
from recommender.serving.context import Serving
from recommender.storage.entries import change_entries, find_edition
from recommender.storage.impressions import Impression, insert_impressions

ACCOUNT = {"homePage": "https://lms.acme.example", "name": "ann"}
HERE = "account|24|https://lms.acme.example|ann"
Text = Callable[[str], str]


@pytest.fixture
def kept(database: Database, store: Store, url: Text) -> Callable[[], Any]:
    """Return everything that is kept by persona."""

    def read() -> Any:
        rows = {
            (row["statement_id"], row["ordinal"]): (row["persona"], row["peer"])
            for row in database.collection("interactions", store.id).iterate({})
        }
        traits = database.collection("user_features", store.id).iterate({})
        takes = sorted(str(take.learner) for take in find_takes(database, store.id, url("a")))
        return rows, sorted((str(row["persona"]), str(row["traits"])) for row in traits), takes

    return read


@pytest.fixture
def two(act: Any, post: Any, sync: Any, agent: Any) -> None:
    """Ann acts by her address and by an account; Ben mentors both, and answers what the account asked."""
    here = {"objectType": "Agent", "name": "Annie", "account": ACCOUNT}
    team = {"contextActivities": {}, "team": {"objectType": "Group", "mbox": "mailto:t@acme.example"}}
    asked = {
        "id": "https://acme.example/q",
        "definition": {"type": "http://activitystrea.ms/schema/1.0/question"},
    }
    post(
        [
            act("ann", "completed", "a"),
            act("ann", "completed", "a", 3, actor=here, context={"team": team["team"]}),
            act("ann", "completed", "b", 4, actor=here),
            act("ann", "asked", asked, 5, actor=here),
            act("ben", "answered", asked, 6),
            act("ben", "mentored", agent("ann"), 7),
            act("ben", "mentored", here, 8),
            act("ann", "followed", here, 9),
        ]
    )
    sync()


@pytest.mark.usefixtures("two")
def test_what_was_joined_is_one_learner_and_parts_again_with_nothing_lost(
    database: Database, store: Store, serving: Serving, sync: Any, identifier: Text, url: Text, kept: Any
) -> None:
    ann, before = identifier("ann"), kept()
    names = {one: find_person(database, store.id, one).name for one in (ann, HERE)}  # type: ignore[union-attr]
    person = join_people(database, store, [ann, HERE], "admin")
    at_once = serving.learners.find(store.id, HERE)
    assert at_once.history.completed == {url("a"), url("b")}
    sync()
    assert pending_changes(database, store.id) == []
    learner = serving.learners.find(store.id, ann)
    assert (learner.persona, learner.history.completed) == (person.id, {url("a"), url("b")})
    assert learner.history.peers == {}  # nobody follows herself
    assert learner.features.team
    rows, traits, takes = kept()
    assert {one for pair in rows.values() for one in pair if one in person.ids} == {person.id}
    assert set(takes) == {str(person.id)}
    assert len(traits) == len(before[1]) - 1
    part_person(database, store, HERE)
    sync()
    assert kept() == before
    assert {one: find_person(database, store.id, one).name for one in names} == names  # type: ignore[union-attr]


@pytest.mark.usefixtures("two")
def test_what_was_entered_under_either_name_is_known_of_the_person(
    database: Database, store: Store, serving: Serving, identifier: Text
) -> None:
    ids = {one: find_person(database, store.id, one).id for one in (identifier("ann"), HERE)}  # type: ignore[union-attr]
    entries = {str(ids[HERE]): {"goals": ["sql"]}, str(ids[identifier("ann")]): {"skills": ["go"]}}
    edition = find_edition(database, store.id, "learners")
    assert change_entries(database, store.id, "learners", edition, entries)
    join_people(database, store, list(ids), "csv")
    features = serving.learners.find(store.id, HERE).features
    assert (features.goals, features.skills) == (("sql",), ("go",))


class Killed(BaseException):
    pass


@pytest.mark.usefixtures("two")
def test_a_reading_that_is_killed_goes_on_with_the_same_end(
    database: Database, store: Store, sync: Any, identifier: Text, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    join_people(database, store, [identifier("ann"), HERE], "admin")
    for place in ("write_rows", "address_replies", "delete_traits", "settle_changes"):
        with monkeypatch.context() as patched:
            patched.setattr(syncing, place, _kill)
            with pytest.raises(Killed):
                sync()
        assert pending_changes(database, store.id)
    sync()
    joined = kept()
    assert pending_changes(database, store.id) == []
    sync(from_scratch=True)
    assert kept() == joined


def _kill(*_: Any, **__: Any) -> None:
    raise Killed


@pytest.mark.usefixtures("two")
def test_who_was_joined_is_erased_by_any_name_with_what_was_kept_under_the_others(
    database: Database, store: Store, sync: Any, identifier: Text
) -> None:
    ids = [find_person(database, store.id, one).id for one in (identifier("ann"), HERE)]  # type: ignore[union-attr]
    edition = find_edition(database, store.id, "learners")
    assert change_entries(database, store.id, "learners", edition, {str(one): {"team": "x"} for one in ids})
    insert_impressions(database, store.id, [Impression(one, 1, "nuggets", None, ("a",)) for one in ids], 30)
    join_people(database, store, [identifier("ann"), HERE], "mail")
    erase_person(database, store.id, ErasureWish(HERE), HOLDINGS)
    sync()
    for name, field in (("interactions", "persona"), ("interactions", "peer"), ("impressions", "persona")):
        assert database.collection(name, store.id).count({field: {"$in": ids}}) == 0, name
    assert database.collection("entered_learners", store.id).count({}) == 0
    assert find_person(database, store.id, identifier("ann")) is None
