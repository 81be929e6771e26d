from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recommender.catalogue.nuggets import Nugget, definition_of, harvest

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
DEFINITION: dict[str, Any] = {
    "name": {"en": "Joins", "ca": "Unions"},
    "description": {"en": "How tables meet"},
    "type": "http://adlnet.gov/expapi/activities/course",
    "moreInfo": "https://acme.example/about/joins",
    "extensions": {
        EXTENSIONS + "format": "Course",
        EXTENSIONS + "modality": "formal",
        EXTENSIONS + "duration": "PT1H",
        EXTENSIONS + "level": "beginner",
        EXTENSIONS + "language": "en-GB",
        EXTENSIONS + "skills": ["SQL", "sql", "http://data.europa.eu/esco/skill/598de5b0"],
        EXTENSIONS + "prerequisites": ["https://acme.example/tables"],
        EXTENSIONS + "owner": "Data Academy",
        EXTENSIONS + "starts": "2026-12-31T00:00:00Z",
        EXTENSIONS + "valid-until": "2027-01-01T00:00:00Z",
        EXTENSIONS + "within": "https://acme.example/course",
        EXTENSIONS + "position": 2,
        EXTENSIONS + "mastery": 0.8,
        EXTENSIONS + "attempts": 3,
    },
}


def test_a_definition_is_read_as_a_nugget() -> None:
    assert harvest("https://acme.example/joins", DEFINITION) == Nugget(
        id="https://acme.example/joins",
        titles={"en": "Joins", "ca": "Unions"},
        descriptions={"en": "How tables meet"},
        format="course",
        modality="formal",
        duration_s=3600,
        level="beginner",
        language="en",
        skills=("sql", "http://data.europa.eu/esco/skill/598de5b0"),
        prerequisites=("https://acme.example/tables",),
        url="https://acme.example/about/joins",
        owner="Data Academy",
        starts=1_798_675_200_000_000,
        valid_until=1_798_761_600_000_000,
        type="http://adlnet.gov/expapi/activities/course",
        within="https://acme.example/course",
        position=2,
        mastery=0.8,
        attempts=3,
    )


def test_a_nugget_is_shown_as_a_definition_that_is_read_alike() -> None:
    nugget = harvest("x", DEFINITION)
    assert harvest("x", definition_of(nugget)) == nugget
    assert definition_of(Nugget("x")) == {}


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "no map", "extensions": "none"},
        {"extensions": {EXTENSIONS + name: 7 for name in ("format", "skills", "duration", "valid-until")}},
        {"extensions": {EXTENSIONS + "duration": "an hour", EXTENSIONS + "valid-until": "some day"}},
        {
            "extensions": {
                EXTENSIONS + "position": 0,
                EXTENSIONS + "mastery": 80,
                EXTENSIONS + "attempts": True,
            }
        },
        {"extensions": {EXTENSIONS + "modality": "odd", EXTENSIONS + "prerequisites": [1, None]}},
    ],
)
def test_what_makes_no_sense_counts_as_unsaid(definition: dict[str, Any]) -> None:
    assert harvest("x", definition) == Nugget("x")


def test_a_nugget_with_ten_thousand_tags_keeps_the_first_fifty() -> None:
    tags = {EXTENSIONS + "skills": [f"tag {number}" for number in range(10_000)]}
    assert len(harvest("x", {"extensions": tags}).skills) == 50


def test_the_language_of_the_only_title_is_the_nuggets() -> None:
    assert harvest("x", {"name": {"ca-ES": "Unions"}}).language == "ca"
    assert harvest("x", {"name": {"und": "Unions"}}).language == ""


@pytest.mark.parametrize(
    ("language", "title"), [("ca-ES", "Unions"), ("de", "Joins"), ("", "Joins"), ("en", "Joins")]
)
def test_the_title_is_in_the_language_wanted_or_in_its_own(language: str, title: str) -> None:
    assert harvest("x", DEFINITION).title(language) == title


def test_a_nugget_without_title_has_an_empty_one() -> None:
    assert Nugget("x").title("en") == ""
    assert Nugget("x", titles={"fr": "Jointures"}).title("de") == "Jointures"


def test_hidden_expired_and_nameless_nuggets_are_not_open() -> None:
    nugget = Nugget("x", titles={"fr": "Jointures"})
    assert nugget.is_open(5)
    assert not replace(nugget, hidden=True).is_open(5)
    assert replace(nugget, valid_until=6).is_open(5)
    assert not replace(nugget, valid_until=5).is_open(5)
    event = replace(nugget, valid_until=None, starts=5)
    assert replace(event, duration_s=1).ends_us == 1_000_005
    assert event.ends_us == 5 + 86_400_000_000
    assert event.is_at_hand(event.ends_us + 86_400_000_000)
    assert not event.is_at_hand(15 * 86_400_000_000 + 5)
    assert replace(event, valid_until=9).ends_us == 9
    assert not replace(nugget, titles={}).is_open(5)


@pytest.mark.parametrize(
    "name", [{}, {"en": ""}, {"en": "  \n"}, {"en": "https://api.example/1"}, {"en": 7}, "x", None]
)
def test_a_blank_name_or_the_address_itself_is_no_title(name: Any) -> None:
    assert harvest("https://api.example/1", {"name": name}).titles == {}
