from __future__ import annotations

from collections import Counter

import pytest

from scripts.demo import Organisation
from scripts.demo.catalogue import slug_of
from scripts.demo.vocabulary import FORMATS


def test_every_nugget_has_an_iri_and_a_title_of_its_own(organisation: Organisation) -> None:
    nuggets = organisation.catalogue.nuggets
    assert len(nuggets) >= 320
    assert len({nugget.id for nugget in nuggets}) == len(nuggets)
    assert len({nugget.title for nugget in nuggets}) == len(nuggets)


def test_titles_do_not_begin_all_alike(organisation: Organisation) -> None:
    standalone = [nugget for nugget in organisation.catalogue.nuggets if not nugget.course]
    beginnings = Counter(" ".join(nugget.title.split()[:2]) for nugget in standalone)
    assert beginnings.most_common(1)[0][1] <= 6


def test_all_formats_levels_and_languages_are_there(organisation: Organisation) -> None:
    nuggets = organisation.catalogue.nuggets
    assert {nugget.format for nugget in nuggets} == set(FORMATS)
    assert {nugget.level for nugget in nuggets} == {"beginner", "intermediate", "advanced"}
    assert (
        min(Counter(nugget.language for nugget in nuggets)[code] for code in ("en", "es", "ca", "de", "fr"))
        >= 15
    )


def test_titles_in_other_languages_come_with_an_english_one(organisation: Organisation) -> None:
    assert all((nugget.language == "en") != bool(nugget.english) for nugget in organisation.catalogue.nuggets)


def test_topics_lead_to_topics_and_each_has_a_course_and_a_question(organisation: Organisation) -> None:
    catalogue = organisation.catalogue
    assert len(catalogue.topics) >= 30
    assert {key for topic in catalogue.topics.values() for key in topic.leads_to} <= set(catalogue.topics)
    assert {course.nugget.topic for course in catalogue.courses.values()} == set(catalogue.topics)
    assert all(catalogue.threads[key] for key in catalogue.topics)


def test_courses_are_modules_and_then_one_quiz(organisation: Organisation) -> None:
    for course in organisation.catalogue.courses.values():
        formats = [unit.format for unit in course.units]
        assert formats == ["module"] * (len(formats) - 1) + ["quiz"]
        assert len(formats) >= 3


def test_skills_of_nuggets_are_skills_of_their_topic(organisation: Organisation) -> None:
    topics = organisation.catalogue.topics
    assert all(set(n.skills) <= set(topics[n.topic].skills) for n in organisation.catalogue.nuggets)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Window functions, step by step", "window-functions-step-by-step"),
        ("¿Qué paleta usáis?", "que-paleta-usais"),
        ("Zeynep Y\N{LATIN SMALL LETTER DOTLESS I}lmaz", "zeynep-yilmaz"),
        ("Die große Übung", "die-grosse-ubung"),
    ],
)
def test_slugs_are_plain_words(text: str, slug: str) -> None:
    assert slug_of(text) == slug
