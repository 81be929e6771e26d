from __future__ import annotations

import pytest

from recommender.interactions.vocabulary import (
    UNKNOWN_VERB,
    _verbs,
    activity_type_meaning,
    verb_meaning,
)


@pytest.mark.parametrize(
    ("iri", "canonical"),
    [
        ("http://adlnet.gov/expapi/verbs/completed", "completed"),
        ("http://activitystrea.ms/schema/1.0/complete", "completed"),
        ("https://w3id.org/xapi/video/verbs/played", "watched"),
        ("https://w3id.org/xapi/acrossx/verbs/watched", "watched"),
        ("http://activitystrea.ms/schema/1.0/play", "played"),
        ("https://w3id.org/xapi/dod-isd/verbs/listened", "listened"),
        ("https://www.w3.org/ns/activitystreams#Listen", "listened"),
        ("https://www.w3.org/ns/activitystreams#Read", "read"),
        ("http://id.tincanapi.com/verb/viewed", "viewed"),
    ],
)
def test_the_iris_of_a_verb_have_one_canonical_name(iri: str, canonical: str) -> None:
    assert verb_meaning(iri).canonical == canonical


def test_a_verb_never_seen_is_a_weak_sign() -> None:
    assert verb_meaning("https://acme.example/verbs/pondered") == UNKNOWN_VERB
    assert not UNKNOWN_VERB.is_positive


@pytest.mark.parametrize(
    "name", ["launched", "failed", "abandoned", "paused", "seeked", "disliked", "progressed"]
)
def test_weak_and_negative_verbs_are_not_positive(name: str) -> None:
    assert not any(meaning.is_positive for meaning in _verbs().values() if meaning.canonical == name)


@pytest.mark.parametrize(
    "name",
    [
        "completed",
        "passed",
        "mastered",
        "shared",
        "bookmarked",
        "asked",
        "liked",
        "listened",
        "read",
        "watched",
    ],
)
def test_verbs_that_say_it_was_worth_it_are_positive(name: str) -> None:
    assert all(meaning.is_positive for meaning in _verbs().values() if meaning.canonical == name)


def test_no_negative_or_system_verb_is_positive() -> None:
    for meaning in _verbs().values():
        assert not (meaning.is_positive and (meaning.strength <= 0 or meaning.kind in {"system", "test"}))


def test_what_is_taken_back_exists() -> None:
    names = {meaning.canonical for meaning in _verbs().values()}
    assert {meaning.takes_back for meaning in _verbs().values()} - {""} <= names


def test_the_open_edx_grade_event_is_not_positive_but_a_badge_is() -> None:
    assert not verb_meaning("http://id.tincanapi.com/verb/earned").is_positive
    assert verb_meaning("http://specification.openbadges.org/xapi/verbs/earned").is_positive


@pytest.mark.parametrize(
    ("iri", "nugget"),
    [
        ("https://w3id.org/xapi/video/activity-type/video", "yes"),
        ("http://adlnet.gov/expapi/activities/course", "yes"),
        ("http://adlnet.gov/expapi/activities/module", "yes"),
        ("http://activitystrea.ms/schema/1.0/article", "yes"),
        ("http://adlnet.gov/expapi/activities/question", "social"),
        ("http://adlnet.gov/expapi/activities/cmi.interaction", "no"),
        ("http://adlnet.gov/expapi/activities/assessment", "no"),
        ("http://id.tincanapi.com/activitytype/lms", "no"),
    ],
)
def test_activity_types_tell_whether_it_can_be_a_nugget(iri: str, nugget: str) -> None:
    meaning = activity_type_meaning(iri)
    assert meaning is not None
    assert meaning.nugget == nugget


def test_an_unknown_activity_type_has_no_meaning() -> None:
    assert activity_type_meaning("https://acme.example/types/thing") is None
