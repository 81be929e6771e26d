"""Search by words and by meaning: which nuggets fit, in which order, and what filters would leave."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.catalogue.labels import Labels
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.search import Searchable
from recommender.serving.search import Hit, find_facets, find_skills, fit, passes
from schemas.recommendations import NuggetFilters

JOINS = Nugget(
    "https://acme.example/joins",
    titles={"en": "SQL joins", "ca": "Unions"},
    descriptions={"en": "Inner and outer tables"},
    format="video",
    modality="informal",
    language="en",
    level="beginner",
    skills=("sql",),
    duration_s=600,
)


def score(text: str, near: dict[str, float] | None = None) -> float:
    hit = fit(Searchable.of(JOINS), text, near or {})
    return hit.score if hit else 0.0


def test_words_in_titles_come_before_words_in_texts_and_these_before_the_meaning() -> None:
    near = {JOINS.id: 0.9}
    assert score("sql joins") > score("joins sql") > score("outer") > score("relational", near) > 0
    assert score("relational") == score("sql views") == 0
    assert score("unions") > 1


@pytest.mark.parametrize("text", ["%", "<script>", "\N{GRINNING FACE}", "'"])
def test_signs_that_are_no_words_find_only_what_has_them(text: str) -> None:
    assert score(text) == 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"format": ("video", "text")}, True),
        ({"format": ("text",)}, False),
        ({"language": ("en",), "level": ("beginner",), "modality": ("informal",)}, True),
        ({"skill": "sql", "max_minutes": 10}, True),
        ({"skill": "python"}, False),
        ({"max_minutes": 9}, False),
    ],
)
def test_a_nugget_passes_if_it_has_all_properties_asked_for(filters: dict[str, Any], expected: bool) -> None:
    assert passes(JOINS, NuggetFilters(**filters)) == expected


def test_a_nugget_of_unknown_length_is_not_within_any_time() -> None:
    assert not passes(Nugget("n"), NuggetFilters(max_minutes=1000))


def test_facets_count_what_each_value_would_leave_beside_the_other_filters() -> None:
    text = Nugget("t", format="text", language="en", duration_s=300)
    german = Nugget("g", format="text", language="de")
    facets = find_facets([JOINS, text, german], NuggetFilters(format=("text",), language=("en",)))
    assert {one.value: one.nuggets for one in facets["format"]} == {"text": 1, "video": 1}
    assert {one.value: one.nuggets for one in facets["language"]} == {"en": 1, "de": 1}
    assert [(one.value, one.nuggets) for one in facets["max_minutes"]] == [
        (minutes, 1) for minutes in ("5", "15", "30", "60", "120")
    ]
    assert "skill" not in facets


def test_skills_are_those_named_then_those_that_several_hits_teach() -> None:
    taught = {"data-modelling": 4, "sql": 9, "excel": 2}
    hits = [Hit(JOINS, 1.0), Hit(Nugget("x", skills=("sql", "excel")), 1.0)]
    labels = Labels({"sql": {"de": "Abfragen"}}, "de")
    found = find_skills("data modelling", taught, hits, labels, "de")
    assert [(one.skill, one.label, one.nuggets) for one in found] == [
        ("data-modelling", "data modelling", 4),
        ("sql", "Abfragen", 9),
    ]
    assert [one.skill for one in find_skills("abfragen", taught, [], labels, "en")] == ["sql"]
