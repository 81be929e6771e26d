from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from lrs.auth.stores import Store, create_store
from lrs.personas import describe_personas, find_person, find_persona
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.learners import all_features
from recommender.errors import SyncInProgressError
from recommender.storage.interactions import find_rows, iterate_learners
from recommender.storage.locks import acquire_lock
from recommender.storage.reading import find_watermark
from recommender.storage.user_features import UserFeatures, write_traits

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Sync = Callable[..., Any]
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


def _everything(database: Database, store: Store) -> list[dict[str, Any]]:
    found = []
    for name in ("interactions", "user_features"):
        found += database.collection(name, store.id).find({})
    return sorted(found, key=lambda row: str(row["_id"]))


def _role(text: str) -> dict[str, Any]:
    return {"extensions": {EXTENSIONS + "role": text}}


def test_statements_become_rows_of_personas(
    database: Database, store: Store, act: Act, post: Post, sync: Sync, identifier: Callable[[str], str]
) -> None:
    post([act("ann", "completed", "joins"), act("ann", "logged-in", "joins")])
    report = sync()
    persona = find_persona(database, store.id, identifier("ann"))
    assert persona is not None
    assert (report.statements, report.rows) == (2, 1)
    assert [row.verb for row in find_rows(database, store.id, [persona], 10)] == ["completed"]
    assert describe_personas(database, store.id, [persona])[persona].name == "Ann"


def test_only_new_statements_are_read(act: Act, post: Post, sync: Sync) -> None:
    post([act("ann", "completed", "joins")])
    assert sync().statements == 1
    assert sync().statements == 0
    post([act("ann", "completed", "views")])
    assert sync().statements == 1


def test_reading_again_from_the_start_changes_nothing(
    database: Database, store: Store, act: Act, post: Post, sync: Sync
) -> None:
    first = act("ann", "completed", "joins", 1, context=_role("Analyst"))
    post(
        [
            first,
            act("ben", "liked", "joins", 2),
            act("ann", "followed", first["actor"] | {"mbox": "mailto:b@x.org"}),
        ]
    )
    sync()
    void = {"objectType": "StatementRef", "id": first["id"]}
    post([act("ann", "experienced", "views", 3, context=_role("Engineer")), act("ann", "voided", void, 4)])
    sync()
    before, watermark = _everything(database, store), find_watermark(database, store.id)
    sync(from_scratch=True)
    assert _everything(database, store) == before
    assert find_watermark(database, store.id) == watermark


def test_voided_statements_are_taken_back_with_their_traits(
    database: Database, store: Store, act: Act, post: Post, sync: Sync
) -> None:
    old = act("ann", "completed", "joins", 1, context=_role("Analyst"))
    new = act("ann", "completed", "views", 2, context=_role("Engineer"))
    post([old, new])
    sync()
    post([act("ann", "voided", {"objectType": "StatementRef", "id": new["id"]}, 3)])
    sync()
    rows = [row for _, rows in iterate_learners(database, store.id, 10) for row in rows]
    assert [row.statement_id for row in rows] == [old["id"]]
    assert list(all_features(database, store.id).values()) == [UserFeatures(role="Analyst")]


def test_the_last_traits_seen_count_by_the_time_they_happened(
    database: Database, store: Store, act: Act, post: Post, sync: Sync
) -> None:
    post([act("ann", "completed", "b", 9, context=_role("Engineer"))])
    sync()
    post([act("ann", "completed", "a", 1, context=_role("Analyst"))])
    sync()
    assert list(all_features(database, store.id).values()) == [UserFeatures(role="Engineer")]


def test_another_store_is_not_touched(
    database: Database, act: Act, post: Post, sync: Sync, store: Store
) -> None:
    other = create_store(database, f"{store.name}-other")
    post([act("ann", "completed", "joins")])
    sync()
    assert list(iterate_learners(database, other.id, 10)) == []


def test_a_bot_does_not_fill_the_memory(
    database: Database, store: Store, act: Act, post: Post, sync: Sync
) -> None:
    post([act("bot", "experienced", f"n{number % 7}", number) for number in range(120)])
    sync()
    (learner,) = list(iterate_learners(database, store.id, 10))
    assert len(learner[1]) == 10
    assert [row.item for row in learner[1]][-1] == "https://acme.example/n0"


def test_a_bounded_reading_goes_on_where_it_stopped(act: Act, post: Post, sync: Sync) -> None:
    post([act("ann", "completed", f"n{number}") for number in range(5)])
    assert [sync(most=3).statements, sync(most=3).statements, sync(most=3).statements] == [3, 2, 0]


def test_two_readings_at_once_are_refused(database: Database, store: Store, sync: Sync) -> None:
    acquire_lock(database, store.id, "sync", 60)
    with pytest.raises(SyncInProgressError):
        sync(wait_s=0)


def test_a_reading_that_was_killed_does_not_block_for_ever(
    database: Database, store: Store, sync: Sync
) -> None:
    acquire_lock(database, store.id, "sync", -1)
    assert sync(wait_s=0).statements == 0


def test_learners_are_read_in_the_order_of_their_personas_some_at_a_time(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.storage.interactions.LEARNERS_PER_READ", 3)
    personas = [ObjectId() for _ in range(8)]
    write_traits(database, store.id, {}, {persona: {} for persona in reversed(personas)})
    assert [persona for persona, _ in iterate_learners(database, store.id, 10)] == personas


def test_a_voided_statement_takes_back_the_name_it_gave(
    database: Database, store: Store, act: Act, post: Post, sync: Sync, identifier: Callable[[str], str]
) -> None:
    forged = act("ann", "completed", "a", 2)
    forged["actor"] = {**forged["actor"], "name": "Nobody"}
    only = act("ben", "completed", "a", 2)
    post([act("ann", "completed", "a", 1), forged, only])
    sync()

    def names() -> list[str | None]:
        people = [find_person(database, store.id, identifier(name)) for name in ("ann", "ben")]
        return [person.name if person else "" for person in people]

    assert names() == ["Nobody", "Ben"]
    references = [{"objectType": "StatementRef", "id": one["id"]} for one in (forged, only)]
    post([act("boss", "voided", reference, 3) for reference in references])
    sync()
    assert names() == ["Ann", None]


def test_a_video_is_formal_while_a_statement_places_it_in_a_course(
    database: Database, store: Store, act: Act, post: Post, sync: Sync, url: Callable[[str], str]
) -> None:
    """As FUN-MOOC sends it: the course is the parent, and its id is an IRI but no URL."""
    course = {
        "id": "course-v1:FUN-MOOC+00001+session01",
        "objectType": "Activity",
        "definition": {"type": "http://adlnet.gov/expapi/activities/course"},
    }
    context = {"contextActivities": {"parent": [course]}}
    discussion = {
        "id": url("talk"),
        "definition": {"type": "http://id.tincanapi.com/activitytype/discussion", "name": {"en": "Talk"}},
    }

    def modalities() -> list[str]:
        sync()
        found = find_nuggets(database, store.id, [url("joins"), url("views"), url("talk")])
        return [nugget.modality for nugget in found.values()]

    post([act("ann", "played", "joins"), act("ann", "played", "views")])
    assert modalities() == ["informal", "informal", ""]
    inside = act("ben", "played", "joins", context=context)
    post([inside, act("ben", "liked", discussion, context=context)])
    assert modalities() == ["formal", "informal", "social"]
    post([act("cem", "played", "joins")])
    assert modalities() == ["formal", "informal", "social"]
    post([act("ben", "voided", {"objectType": "StatementRef", "id": inside["id"]})])
    assert modalities() == ["informal", "informal", "social"]
