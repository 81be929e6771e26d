from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recommender.interactions.extract import Act as Found
from recommender.interactions.extract import extract_interactions
from recommender.interactions.traits import extract_traits
from recommender.vocabulary.tables import make_vocabulary

Act = Callable[..., dict[str, Any]]
VOCABULARY = make_vocabulary(b"{}", b"{}")
AT = 1_760_000_000_000_000
SEQ = (2 * AT).to_bytes(8, "big")
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
COURSE = {
    "id": "https://acme.example/course",
    "definition": {"type": "http://adlnet.gov/expapi/activities/course"},
}
QUESTION = {
    "id": "https://acme.example/q1",
    "definition": {"type": "http://adlnet.gov/expapi/activities/question"},
}


def _extract(statement: dict[str, Any], at: int, seq: bytes) -> tuple[Found, ...]:
    return extract_interactions(statement, at, seq, VOCABULARY)


def _one(statement: dict[str, Any]) -> Found:
    found = _extract(statement, AT, SEQ)
    assert len(found) == 1
    return found[0]


def test_a_completion_is_positive_and_completes(act: Act, identifier: Callable[[str], str]) -> None:
    found = _one(act("ann", "completed", "joins"))
    assert (found.item, found.verb, found.positive, found.completed) == (
        "https://acme.example/joins",
        "completed",
        True,
        True,
    )
    assert found.learner == identifier("ann")
    assert (found.strength, found.weight, found.at, found.seq) == (4, 1.0, AT, SEQ)


@pytest.mark.parametrize("verb", ["launched", "experienced", "failed", "earned", "paused"])
def test_weak_signs_count_but_are_not_positive(act: Act, verb: str) -> None:
    assert not _one(act("ann", verb, "joins")).positive


@pytest.mark.parametrize(
    ("result", "term", "score"),
    [
        ({"response": " SQL\t Joins "}, "sql joins", None),
        ({"response": "joins", "success": False}, "joins", 0.0),
        ({"response": "joins", "score": {"raw": 0}}, "joins", 0.0),
        ({"response": "joins", "score": {"raw": 3}}, "joins", None),
        ({"response": "joins", "success": True}, "joins", None),
    ],
)
def test_a_search_keeps_its_term_and_whether_it_was_in_vain(
    act: Act, result: dict[str, Any], term: str, score: float | None
) -> None:
    found = _one(act("ann", "searched", "site", result=result))
    assert (found.term, found.score, found.item, found.strength) == (term, score, None, 0)


@pytest.mark.parametrize("response", ["", "  ", None])
def test_a_search_for_nothing_is_no_interaction(act: Act, response: str | None) -> None:
    assert _extract(act("ann", "searched", "site", result={"response": response}), AT, SEQ) == ()


@pytest.mark.parametrize("verb", ["logged-in", "searched", "voided"])
def test_some_acts_are_no_interactions(act: Act, verb: str) -> None:
    assert _extract(act("ann", verb, "joins"), AT, SEQ) == ()


def test_the_score_is_in_the_weight(act: Act) -> None:
    good = _one(act("ann", "passed", "joins", result={"score": {"scaled": 1.0}}))
    poor = _one(act("ann", "passed", "joins", result={"score": {"raw": 5, "min": 0, "max": 10}}))
    assert (good.weight, poor.weight) == (1.0, 0.75)


@pytest.mark.parametrize(
    ("scaled", "positive", "strength"), [(1.0, True, 3), (0.6, True, 3), (0.5, False, 3), (0.2, False, -3)]
)
def test_a_rating_counts_by_its_score(act: Act, scaled: float, positive: bool, strength: int) -> None:
    found = _one(act("ann", "rated", "joins", result={"score": {"scaled": scaled}}))
    assert (found.positive, found.strength) == (positive, strength)


def test_completing_without_success_is_not_positive(act: Act) -> None:
    found = _one(act("ann", "completed", "joins", result={"success": False}))
    assert (found.positive, found.completed) == (False, False)


@pytest.mark.parametrize("result", [{"completion": True, "success": False}, {"completion": True}])
def test_a_failed_test_is_not_completed(act: Act, result: dict[str, Any]) -> None:
    assert not _one(act("ann", "failed", "joins", result=result)).completed


def test_a_result_can_complete(act: Act) -> None:
    found = _one(act("ann", "experienced", "joins", result={"completion": True}))
    assert (found.positive, found.completed) == (True, True)


def test_a_result_can_deny_completion(act: Act) -> None:
    assert not _one(act("ann", "completed", "joins", result={"completion": False})).completed


def test_each_member_of_a_group_gets_an_interaction(
    act: Act, agent: Callable[[str], dict[str, Any]], identifier: Callable[[str], str]
) -> None:
    group = {"objectType": "Group", "member": [agent("ann"), agent("ben"), agent("ann")]}
    found = _extract({**act("x", "completed", "joins"), "actor": group}, AT, SEQ)
    assert [(one.learner, one.ordinal) for one in found] == [
        (identifier("ann"), 0),
        (identifier("ben"), 1),
    ]


def test_a_group_without_members_is_nobody(act: Act) -> None:
    group = {"objectType": "Group", "account": {"homePage": "https://acme.example", "name": "team"}}
    assert _extract({**act("x", "completed", "joins"), "actor": group}, AT, SEQ) == ()


def test_following_a_person_is_an_edge_without_item(
    act: Act, agent: Callable[[str], dict[str, Any]], identifier: Callable[[str], str]
) -> None:
    found = _one(act("ann", "followed", agent("ben")))
    assert (found.item, found.peer, found.kind, found.positive) == (None, identifier("ben"), "social", False)


def test_nobody_is_their_own_peer(act: Act, agent: Callable[[str], dict[str, Any]]) -> None:
    assert _extract(act("ann", "followed", agent("ann")), AT, SEQ) == ()


def test_an_answer_to_a_person_is_social(
    act: Act, agent: Callable[[str], dict[str, Any]], identifier: Callable[[str], str]
) -> None:
    context = {"extensions": {EXTENSIONS + "addressed-to": agent("ben")}}
    found = _one(act("ann", "answered", QUESTION, context=context))
    assert (found.item, found.peer, found.kind, found.positive) == (
        "https://acme.example/q1",
        identifier("ben"),
        "social",
        True,
    )


def test_an_answer_in_a_test_is_not_an_interaction(act: Act) -> None:
    assert _extract(act("ann", "answered", QUESTION), AT, SEQ) == ()


@pytest.mark.parametrize("value", ["ben", 7, {"mbox": 5}, {"account": "x"}, {}])
def test_an_odd_addressee_is_ignored(act: Act, value: Any) -> None:
    context = {"extensions": {EXTENSIONS + "addressed-to": value}}
    assert _one(act("ann", "completed", "joins", context=context)).peer is None


def test_a_show_answer_event_of_open_edx_is_not_a_question(act: Act) -> None:
    problem = {
        "id": "https://acme.example/p",
        "definition": {
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "interactionType": "other",
        },
    }
    assert _extract(act("ann", "asked", problem), AT, SEQ) == ()


def test_a_video_in_a_course_is_formal(act: Act) -> None:
    alone = _one(act("ann", "played", "joins"))
    inside = _one(act("ann", "played", "joins", context={"contextActivities": {"parent": [COURSE]}}))
    assert (alone.kind, inside.kind) == ("informal", "formal")


TYPES = "http://adlnet.gov/expapi/activities/"


@pytest.mark.parametrize("relation", ["parent", "grouping"])
@pytest.mark.parametrize(
    "place",
    [
        {"id": "course-v1:FUN-MOOC+00001+session01", "definition": {"type": TYPES + "course"}},
        {"id": "course-v1:FUN-MOOC+00001+session01"},
        {"id": "https://lms.example/courses/course-v1:edX+DemoX+2026"},
        {"id": "urn:uuid:1", "definition": {"type": "https://w3id.org/xapi/cmi5/activitytype/course"}},
        {"id": "urn:uuid:2", "definition": {"type": "http://id.tincanapi.com/activitytype/lms/course"}},
        {"id": "https://bb.example/1", "definition": {"type": "http://xapi.jisc.ac.uk/courseArea"}},
        {"id": "https://x.example/1", "definition": {"type": "https://x.example/terms#Course"}},
        {"id": "https://x.example/2", "definition": {"type": TYPES + "module"}},
    ],
)
def test_a_course_is_told_by_its_type_or_by_its_key_wherever_it_stands(
    act: Act, relation: str, place: dict[str, Any]
) -> None:
    context = {"contextActivities": {relation: [{"id": "https://x.example/other"}, place]}}
    inside = _one(act("ann", "played", "joins", context=context))
    assert (inside.kind, inside.in_course) == ("formal", True)


@pytest.mark.parametrize(
    "place",
    [
        {
            "id": "https://x.example/blog",
            "definition": {"type": "http://activitystrea.ms/schema/1.0/article"},
        },
        {"id": "https://x.example/course-of-events"},
        {"id": "https://acme.example/joins", "definition": {"type": TYPES + "course"}},
        {"id": "block-v1:edX+DemoX+2026+type@video", "definition": {}},
    ],
)
def test_other_places_and_the_object_itself_are_no_course_that_it_is_in(
    act: Act, place: dict[str, Any]
) -> None:
    context = {"contextActivities": {"grouping": [place]}}
    outside = _one(act("ann", "played", "joins", context=context))
    assert (outside.kind, outside.in_course) == ("informal", False)


def test_places_are_known_with_courses_first_and_without_threads_and_platforms(act: Act) -> None:
    def place(name: str, type_iri: str = "") -> dict[str, Any]:
        return {
            "id": f"https://acme.example/{name}",
            **({"definition": {"type": type_iri}} if type_iri else {}),
        }

    context = {
        "contextActivities": {
            "grouping": [
                place("site", "http://id.tincanapi.com/activitytype/lms"),
                place("plain"),
                place("course", TYPES + "course"),
            ],
            "parent": [
                place("module", TYPES + "module"),
                place("thread", "http://id.tincanapi.com/activitytype/discussion"),
                place("joins"),
            ],
        }
    }
    found = _one(act("ann", "completed", "joins", context=context))
    assert [one.rsplit("/", 1)[-1] for one in found.within] == ["course", "module", "plain"]
    assert found.unit == "https://acme.example/joins"


def test_a_test_is_no_nugget_but_a_step(act: Act) -> None:
    test = {"id": "https://acme.example/test", "definition": {"type": TYPES + "assessment"}}
    found = _one(act("ann", "passed", test))
    assert (found.item, found.step, found.unit) == (None, test["id"], test["id"])
    assert (found.positive, found.completed) == (False, True)
    assert _one(act("ann", "liked", "joins")).unit == ""


@pytest.mark.parametrize(
    ("verb", "result", "mastery", "failed"),
    [
        ("failed", {}, None, True),
        ("completed", {"success": False}, None, True),
        ("completed", {"score": {"scaled": 0.6}}, 0.8, True),
        ("completed", {"score": {"raw": 9, "max": 10}}, 0.8, False),
        ("completed", {"score": {"scaled": 0.6}}, "high", False),
        ("completed", {}, 0.8, False),
    ],
)
def test_a_failure_is_told_by_verb_result_or_mastery_score(
    act: Act, verb: str, result: dict[str, Any], mastery: Any, failed: bool
) -> None:
    extensions = {"https://w3id.org/xapi/cmi5/context/extensions/masteryscore": mastery}
    context = {"extensions": extensions} if mastery else {}
    assert _one(act("ann", verb, "joins", result=result, context=context)).failed is failed


def test_an_activity_of_unknown_type_can_be_a_nugget(act: Act) -> None:
    assert _one(act("ann", "completed", {"id": "https://acme.example/x"})).item == "https://acme.example/x"


@pytest.mark.parametrize(
    ("context", "session"),
    [
        ({}, str(AT // 86_400_000_000)),
        ({"registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7"}, "ec531277-b57b-4c15-8d91-d292c5b2b8f7"),
        ({"extensions": {"https://w3id.org/xapi/video/extensions/session-id": "s1"}}, "s1"),
    ],
)
def test_events_are_held_together_by_session_registration_or_day(
    act: Act, context: dict[str, Any], session: str
) -> None:
    assert _one(act("ann", "played", "joins", context=context)).session == session


@pytest.mark.parametrize(
    ("extension", "value", "progress"),
    [
        ("https://w3id.org/xapi/video/extensions/progress", 0.25, 0.25),
        ("https://w3id.org/xapi/video/extensions/progress", 1, 1.0),
        ("https://w3id.org/xapi/video/extensions/progress", 45, 0.45),
        ("https://w3id.org/xapi/cmi5/result/extensions/progress", 1, 0.01),
        ("https://w3id.org/xapi/cmi5/result/extensions/progress", 100, 1.0),
        ("https://w3id.org/xapi/video/extensions/progress", True, None),
        ("https://w3id.org/xapi/video/extensions/progress", "half", None),
    ],
)
def test_progress_is_read_in_the_unit_of_its_profile(
    act: Act, extension: str, value: Any, progress: float | None
) -> None:
    found = _one(act("ann", "paused", "joins", result={"extensions": {extension: value}}))
    assert (found.progress, found.min_progress) == (progress, 0.5)


def test_undo_by_reference_names_the_statement(act: Act) -> None:
    target = {"objectType": "StatementRef", "id": "EC531277-B57B-4C15-8D91-D292C5B2B8F7"}
    assert _one(act("ann", "undone", target)).undoes == "ec531277-b57b-4c15-8d91-d292c5b2b8f7"


def test_undo_of_an_inner_act_names_verb_and_item(act: Act, agent: Callable[[str], dict[str, Any]]) -> None:
    inner = act("ann", "liked", "joins")
    target = {"objectType": "SubStatement", **{key: inner[key] for key in ("actor", "verb", "object")}}
    found = _one(act("ann", "undone", target))
    assert (found.takes_back, found.item) == ("liked", "https://acme.example/joins")


def test_undo_of_anything_else_is_nothing(act: Act) -> None:
    assert _extract(act("ann", "undone", "joins"), AT, SEQ) == ()


def test_every_real_statement_can_be_read(shared_data: Path) -> None:
    for entry in json.loads((shared_data / "xapi" / "valid_statements.json").read_text()):
        statement = {"id": "00000000-0000-4000-8000-000000000000", **entry.get("statement", entry)}
        for found in _extract(statement, AT, SEQ):
            assert found.item or found.step or found.peer or found.undoes or found.term or found.within
        extract_traits(statement, AT)


@pytest.mark.parametrize(
    "iri", ["https://w3id.org/xapi/tla/verbs/recommended", "https://w3id.org/xapi/dod-isd/verbs/recommended"]
)
def test_the_engines_own_acts_are_never_counted(
    act: Act, agent: Callable[[str], dict[str, Any]], iri: str
) -> None:
    for target in ("joins", agent("ben")):
        assert _extract({**act("ann", "completed", target), "verb": {"id": iri}}, AT, SEQ) == ()


def test_ids_are_the_same_in_any_case(act: Act) -> None:
    statement = act("ann", "completed", "joins")
    assert _one({**statement, "id": statement["id"].upper()}).statement_id == statement["id"]


def test_an_answer_to_a_test_item_is_not_a_nugget_but_one_to_a_person_is(act: Act, agent: Any) -> None:
    asked = {"extensions": {EXTENSIONS + "addressed-to": agent("ben")}}
    assert _extract(act("ann", "answered", QUESTION), AT, SEQ) == ()
    found = _one(act("ann", "answered", QUESTION, context=asked))
    assert (found.item, found.positive, found.min_valued, found.values) == (
        QUESTION["id"],
        True,
        2,
        QUESTION["id"],
    )


def test_what_only_made_the_post_does_not_value_it(act: Act) -> None:
    post = {"id": "https://acme.example/p", "definition": {"type": "http://activitystrea.ms/note"}}
    made = _one(act("ann", "asked", post))
    assert (made.makes_post, made.values, made.min_valued) == (True, "", 2)
