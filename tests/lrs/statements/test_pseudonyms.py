"""A pseudonym takes the place of a person in a text; all else stays byte for byte."""

import json
import time

import pytest

from lrs.statements.pseudonyms import (
    Rewriting,
    address_pattern,
    identifiers_anywhere,
    rewrite_any,
    without_names,
)
from schemas.identifiers import is_pseudonym

ADA = "mbox|mailto:ada@acme.example"
PSEUDONYM = {
    "objectType": "Agent",
    "account": {"homePage": "https://learnerprise.org/xapi/erased", "name": "x"},
}
REWRITING = Rewriting(
    lambda identifier: "x" if identifier == ADA else "",
    address_pattern(["Ada Lovelace"]),
    "x",
    frozenset({"https://acme.example/post"}),
)
AGENT = '{"name": "Ada L.", "mbox": "mailto:ada@ACME.example"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'{{"actor":{AGENT},"n":1.0}}', '{"actor":PSEUDONYM,"n":1.0}'),
        (
            f'{{"member":[{AGENT},{{"mbox":"mailto:b@x.org"}}]}}',
            '{"member":[PSEUDONYM,{"mbox":"mailto:b@x.org"}]}',
        ),
        ('{"https://acme.example/of/Ada Lovelace":1E400000}', '{"https://acme.example/of/x":1E400000}'),
        ('{"said":"ask ada@acme.example, or ada lovelace!"}', '{"said":"ask x, or x!"}'),
        ('{"said":"\\u0061da@acme.example"}', '{"said":"x"}'),
        (
            '{"id":"https://acme.example/post","definition":{"name":{"en":"Mine"}}}',
            '{"id":"https://acme.example/post"}',
        ),
    ],
)
def test_what_names_a_person_is_replaced(before, after):
    expected = after.replace("PSEUDONYM", json.dumps(PSEUDONYM, separators=(",", ":")))
    assert REWRITING.rewrite(before.encode()).decode() == expected


@pytest.mark.parametrize(
    "text",
    [
        '{ "actor" : {"mbox": "mailto:adam@acme.example"}, "n": 1.50 }',
        '{"said": "Ada Lovelaces and Adas", "account": {"homePage": 1}, "mbox": 7}',
        '{"mbox": "mailto:another@acme.example", "name": "Ada Lovelace"}',
        '[ 1 , {"id":"https://acme.example/other","definition":{}} ]',
    ],
)
def test_what_names_nobody_stays_as_it_is(text):
    assert REWRITING.rewrite(text.encode()) == text.encode()


def test_a_signature_goes_with_what_it_signed():
    signature = {"usageType": "http://adlnet.gov/expapi/attachments/signature"}
    statement = {
        "actor": json.loads(AGENT),
        "attachments": [signature, {"usageType": "https://acme.example/essay"}],
    }
    left = json.loads(REWRITING.statement(json.dumps(statement).encode()))
    assert left["attachments"] == [{"usageType": "https://acme.example/essay"}]
    del statement["attachments"][1]
    assert "attachments" not in json.loads(REWRITING.statement(json.dumps(statement).encode()))


def test_people_are_found_anywhere():
    value = {"a": [{"agent": {"mbox": "mailto:ada@acme.example"}}], "b": "to bob@ACME.example.", "mbox": {}}
    assert list(identifiers_anywhere(value)) == [ADA, ADA, "mbox|mailto:bob@acme.example"]
    pseudonym = next(identifiers_anywhere(PSEUDONYM))
    assert is_pseudonym(pseudonym) and not is_pseudonym(ADA)


def test_texts_that_are_no_json_are_rewritten_by_words():
    assert rewrite_any(REWRITING, b"About Ada Lovelace") == b"About x"
    assert rewrite_any(REWRITING, b"\xff\xfe") == b"\xff\xfe"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Zo\u00eb \u00dcnal and ADA Lovelace", "z and a"),
        ("?by=Ada%20Lovelace&to=zo%c3%ab+%C3%9cnal", "?by=a&to=z"),
        ("Ada, Lovelace, Adas Ada Lovelaces", "Ada, Lovelace, Adas Ada Lovelaces"),
    ],
)
def test_full_names_of_agents_go_from_texts_beside_them(said, left):
    people = {"Ada Lovelace": "a", "Zo\u00eb \u00dcnal": "z", "Bo": "b", "LMS of Acme": ""}
    agents = [
        {"name": name, "account": {"homePage": "x:y", "name": letter}} for name, letter in people.items()
    ]
    value = [*agents, {"name": "No Agent"}]
    text = json.dumps([f"{said}; Bo, LMS of Acme, No Agent"]).encode()
    found = without_names(value, text, lambda one: one.rpartition("|")[2])
    assert json.loads(found) == [f"{left}; Bo, LMS of Acme, No Agent"]


def test_a_large_text_of_many_names_takes_no_long_time():
    value = [{"name": f"Ada {n}", "mbox": f"mailto:{n}@x.org"} for n in range(20_000)]
    text = json.dumps(["Ada 0 Ada 19999 " * 50_000]).encode()
    started = time.process_time()
    assert b"Ada 0 " not in without_names(value, text, lambda one: "x")
    assert time.process_time() - started < 20
