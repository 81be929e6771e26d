"""Nuggets, roles and learners: the same schema judges JSON and the rows of a CSV."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.catalogue import (
    KEYS,
    ROWS,
    VALUES,
    Kind,
    LearnerSchema,
    NuggetListQuerySchema,
    NuggetQuery,
    NuggetSchema,
    NuggetsSchema,
    parse_values,
)
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json
from schemas.tables import read_table, write_rows

JOINS = "https://acme.example/joins"
ENTRIES: dict[Kind, dict[str, Any]] = {
    "nuggets": {
        "title": {"ca": "Unions", "en": "Joins"},
        "description": {"en": "How tables meet"},
        "format": "video",
        "modality": "informal",
        "duration": "PT45M",
        "level": "beginner",
        "language": "en",
        "skills": ["sql", "data"],
        "prerequisites": ["https://acme.example/tables"],
        "url": "https://acme.example/watch/joins",
        "owner": "Data Academy",
        "valid_until": "2099-01-01T00:00:00.000000Z",
        "hidden": True,
        "type": "http://adlnet.gov/expapi/activities/course",
    },
    "roles": {"skills": {"python": 3, "sql": 1}},
    "learners": {
        "team": "Data",
        "role": "Analyst",
        "skills": ["sql"],
        "goals": ["python"],
        "languages": ["ca", "en"],
    },
    "labels": {"label": {"de": "Datenmodellierung", "en": "data modelling"}},
}
NAMES: dict[Kind, str] = {
    "nuggets": JOINS,
    "roles": "Engineer",
    "learners": "mailto:ann@acme.example",
    "labels": "data-modelling",
}
KEPT = {**NAMES, "learners": "mbox|mailto:ann@acme.example"}
KINDS = list(ENTRIES)


@pytest.mark.parametrize("kind", KINDS)
def test_json_and_csv_bring_the_same_values(kind: Kind) -> None:
    key = ROWS[kind].key
    told = parse_values(kind, dump_json(ENTRIES[kind]))
    [line] = read_table(write_rows(ROWS[kind], [{key: NAMES[kind], **ENTRIES[kind]}]), ROWS[kind])
    assert told == ENTRIES[kind]
    assert line.values == {key: KEPT[kind], **ENTRIES[kind]}


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_written_as_they_were_read(kind: Kind) -> None:
    assert VALUES[kind].dump(parse_values(kind, dump_json(ENTRIES[kind]))) == ENTRIES[kind]


@pytest.mark.parametrize("empty", ["", None, [], {}])
@pytest.mark.parametrize("name", ["title", "format", "skills", "hidden"])
def test_an_empty_value_counts_as_left_out(name: str, empty: Any) -> None:
    assert parse_values("nuggets", dump_json({name: empty, "owner": "Ann"})) == {"owner": "Ann"}


@pytest.mark.parametrize(
    ("sent", "path", "said", "rule"),
    [
        (
            {"colour": ""},
            "colour",
            "there is no property 'colour'; known are title,",
            "Learnerprise catalogue",
        ),
        ({"activity": JOINS}, "activity", "there is no property 'activity'", "Learnerprise catalogue"),
        ({"duration": "1h", "colour": 1}, "duration", '"1h" is refused: must be an ISO 8601', "ISO 8601"),
        ({"colour": 1, "duration": "1h"}, "colour", "there is no property", "Learnerprise catalogue"),
        ({"title": {"en": 7}}, "title", "7 is refused: must be a text of 1 to 500", "Learnerprise catalogue"),
        ({"skills": ["sql", ["x"]]}, "skills", '["x"] is refused: must be a text', "Learnerprise catalogue"),
        ([], "", "not a JSON object", "Learnerprise catalogue"),
        ("x", "", "not a JSON object", "Learnerprise catalogue"),
        (None, "", "not a JSON object", "Learnerprise catalogue"),
    ],
)
def test_a_refusal_names_property_value_and_rule(sent: Any, path: str, said: str, rule: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_values("nuggets", dump_json(sent))
    assert (caught.value.path, caught.value.rule, caught.value.code) == (path, rule, "invalid_input")
    assert said in caught.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_read_from_the_query_as_from_a_csv(kind: Kind) -> None:
    key = ROWS[kind].key
    assert KEYS[kind].read([(key, NAMES[kind])]) == {key: KEPT[kind]}
    with pytest.raises(InvalidInputError, match=f"parameter {key} is missing"):
        KEYS[kind].read([])


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("nuggets", "joins", 'parameter activity="joins" is refused; send an IRI'),
        ("roles", " ", 'parameter name=" " is refused; send a text'),
        ("learners", "ann", 'parameter agent="ann" is refused; send an Agent'),
    ],
)
def test_another_key_is_refused(kind: Kind, value: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        KEYS[kind].read([(ROWS[kind].key, value)])
    assert said in caught.value.message
    assert caught.value.path == ROWS[kind].key


def test_a_question_for_a_list_is_read() -> None:
    pairs = [("limit", "2"), ("skill", " SQL "), ("after", "X"), ("hidden", "false"), ("shown", "true")]
    asked = NuggetListQuerySchema().read(pairs)
    assert asked == NuggetQuery(2, after="X", skill="sql", hidden=False, shown=True)
    assert NuggetListQuerySchema().read([]) == NuggetQuery(100)


@pytest.mark.parametrize(
    "pairs",
    [
        [("limit", "0")],
        [("limit", "501")],
        [("hidden", "yes")],
        [("colour", "red")],
        [("skill", "a"), ("skill", "b")],
    ],
)
def test_a_wrong_question_for_a_list_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidInputError, match=f"parameter {pairs[0][0]}="):
        NuggetListQuerySchema().read(pairs)


def test_what_is_entered_and_what_is_shown_are_answered() -> None:
    body = {"activity": JOINS, "entered": None, "shown": ENTRIES["nuggets"]}
    assert NuggetSchema().dump(body) == body
    assert NuggetsSchema().dump({"nuggets": [body], "more": ""}) == {"nuggets": [body], "more": ""}
    learner = {"agent": {"mbox": "mailto:a@b.c"}, "entered": ENTRIES["learners"], "known": {}}
    assert LearnerSchema().dump(learner) == learner
