from __future__ import annotations

import pytest

from recommender.vocabulary.meanings import UNKNOWN_TYPE, UNKNOWN_VERB
from recommender.vocabulary.tables import make_vocabulary

VOCABULARY = make_vocabulary(b"{}", b"{}")
VERBS = list(VOCABULARY.verbs.values())


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
    assert VOCABULARY.verb(iri).canonical == canonical


def test_a_verb_never_seen_is_a_weak_sign() -> None:
    assert VOCABULARY.verb("https://acme.example/verbs/pondered") == UNKNOWN_VERB
    assert UNKNOWN_VERB.positive == "no"


@pytest.mark.parametrize(
    "name", ["launched", "failed", "abandoned", "paused", "seeked", "disliked", "progressed"]
)
def test_weak_and_negative_verbs_are_not_positive(name: str) -> None:
    assert not any(meaning.positive == "yes" for meaning in VERBS if meaning.canonical == name)


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
    assert all(meaning.positive == "yes" for meaning in VERBS if meaning.canonical == name)


def test_no_negative_or_system_verb_is_positive() -> None:
    for meaning in VERBS:
        assert not (
            meaning.positive == "yes" and (meaning.strength <= 0 or meaning.kind in {"system", "test"})
        )


def test_what_is_taken_back_exists() -> None:
    names = {meaning.canonical for meaning in VERBS}
    assert {meaning.takes_back for meaning in VERBS} - {""} <= names


def test_the_open_edx_grade_event_is_not_positive_but_a_badge_is() -> None:
    assert VOCABULARY.verb("http://id.tincanapi.com/verb/earned").positive == "no"
    assert VOCABULARY.verb("http://specification.openbadges.org/xapi/verbs/earned").positive == "yes"


@pytest.mark.parametrize(
    ("iri", "nugget"),
    [
        ("https://w3id.org/xapi/video/activity-type/video", "yes"),
        ("http://adlnet.gov/expapi/activities/course", "yes"),
        ("http://adlnet.gov/expapi/activities/module", "yes"),
        ("http://activitystrea.ms/schema/1.0/article", "yes"),
        ("http://adlnet.gov/expapi/activities/question", "social"),
        ("http://adlnet.gov/expapi/activities/cmi.interaction", "no"),
        ("http://adlnet.gov/expapi/activities/assessment", "course"),
        ("http://id.tincanapi.com/activitytype/lms", "no"),
    ],
)
def test_activity_types_tell_whether_it_can_be_a_nugget(iri: str, nugget: str) -> None:
    assert VOCABULARY.activity_type(iri).nugget == nugget


def test_nothing_speaks_against_an_unknown_activity_type() -> None:
    assert VOCABULARY.activity_type("https://acme.example/types/thing") == UNKNOWN_TYPE
