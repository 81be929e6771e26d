"""GET and PUT /privacy/retention on real servers: rules are counted, tried out, set, and carried out."""

import time

import pytest

PATH = "/privacy/retention"
PAUSED = "https://w3id.org/xapi/video/verbs/paused"


@pytest.fixture
def stored(client, make_statement):
    sent = [make_statement(), make_statement(verb={"id": PAUSED})]
    assert client.post("/xapi/statements", json=sent).status_code == 200
    return sent


def test_rules_are_tried_out_set_and_taken_back(client, stored, database, store):
    rules = [{"days": 1, "verb": PAUSED}, {"days": 36_500}]
    expected = [{**rule, "statements": 0} for rule in rules]
    tried = client.put(PATH, params={"dry_run": "true"}, json={"rules": rules})
    assert (tried.status_code, tried.json()) == (200, {"rules": expected}), tried.text
    assert client.get(PATH).json() == {"rules": []}
    assert client.put(PATH, json={"rules": rules}).json() == {"rules": expected}
    for _ in range(4):  # each of the two processes, probably
        assert client.get(PATH).json() == {"rules": expected}
    assert len(client.get("/xapi/statements").json()["statements"]) == 2
    assert client.put(PATH, json={"rules": []}).json() == {"rules": []}
    assert client.get(PATH).json() == {"rules": []}


def test_a_change_is_a_line_of_the_audit_and_a_look_is_none(client):
    assert client.put(PATH, json={"rules": [{"days": 7}]}).ok
    assert client.get(PATH).ok
    deadline, found = time.monotonic() + 30, []
    while not found and time.monotonic() < deadline:
        time.sleep(0.1)  # each look is a line itself, and pushes the others back
        lines = client.get("/privacy/audit", params={"limit": 100}).json()["lines"]
        found = [(line["method"], line["everybody"]) for line in lines if line["route"] == PATH]
    assert found == [("PUT", True)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "not a JSON object"),
        ({}, "is missing"),
        ({"rules": 7}, "must be a list"),
        ({"rules": [7]}, '{"days": 730}'),
        ({"rules": [{}]}, "days: is missing"),
        ({"rules": [{"days": 0}]}, "from 1 to 36500"),
        ({"rules": [{"days": 1.5}]}, "from 1 to 36500"),
        ({"rules": [{"days": 1, "verb": "paused"}]}, "must be an IRI"),
        ({"rules": [{"days": 1, "credential": "theirs"}]}, "no credential 'theirs'"),
        ({"rules": [{"days": 1, "color": "red"}]}, "no property 'color'"),
        ({"rules": [{"days": 1}, {"days": 2}]}, "the same Statements"),
        ({"rules": [{"days": day} for day in range(1, 53)]}, "at most 50"),
    ],
)
def test_what_is_no_rule_is_refused_and_changes_nothing(client, body, said):
    refused = client.put(PATH, json=body)
    assert (refused.status_code, said in refused.json()["message"]) == (400, True), refused.text
    assert client.get(PATH).json() == {"rules": []}


def test_nobody_else_sees_or_sets_them(client, make_client, other_store):
    assert client.put(PATH, json={"rules": [{"days": 7}]}).ok
    other = make_client(of=other_store)
    assert other.get(PATH).json() == {"rules": []}
    assert other.put(PATH, json={"rules": []}).ok
    assert client.get(PATH).json()["rules"] == [{"days": 7, "statements": 0}]
    assert make_client("stores/manage").get(PATH).status_code == 403
