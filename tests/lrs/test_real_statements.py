"""Statements of a dozen real sources, for those who have them (see the README of the shared data)."""

import json

import pytest


@pytest.fixture(scope="module")
def load(shared_data):
    return lambda name: [
        entry["statement"] for entry in json.loads((shared_data / "xapi" / name).read_text())
    ]


def comparable(statement):
    """Return what must come back as it went: all but what the LRS sets, context Activities as lists."""
    kept = {key: value for key, value in statement.items() if key not in ("stored", "authority", "version")}
    groups = kept.get("context", {}).get("contextActivities")
    if groups:
        lists = {key: value if isinstance(value, list) else [value] for key, value in groups.items()}
        kept["context"] = {**kept["context"], "contextActivities": lists}
    return kept


@pytest.fixture(scope="module")
def valid(load):
    """The valid Statements: those that stand for themselves, and those whose attachments must come along."""
    found = load("valid_statements.json")
    with_data = [item for item in found if any("fileUrl" not in each for each in item.get("attachments", []))]
    return [item for item in found if item not in with_data], with_data


def test_every_valid_statement_is_stored_and_read_back_equal(lrs, valid):
    statements = list({json.dumps(item.get("id", n)): item for n, item in enumerate(valid[0])}.values())
    assert len(statements) == 102
    for statement in statements:
        answer = lrs.post(statement)
        assert answer.status_code == 200, answer.text
        kept = lrs.one(answer.json()[0])
        server_set = {"id": kept["id"], "timestamp": kept["stored"]}
        assert comparable(kept) == {**server_set, **comparable(statement)}
        assert kept["version"] == statement.get("version", "1.0.0")
    assert len(lrs.ids()) == 102


def test_of_two_real_statements_with_one_id_the_second_is_a_conflict(lrs, valid, assert_refused):
    first, second = [item for item in valid[0] if item.get("id") == "fd41c918-b88b-4b20-a0a5-a4c32391aaa0"]
    lrs.store(first)
    assert_refused(lrs.post(second), 409)


def test_a_valid_statement_without_the_data_of_its_attachments_is_refused(lrs, valid, assert_refused):
    assert len(valid[1]) == 3
    for statement in valid[1]:
        assert "attachments" in assert_refused(lrs.post(statement), 400)["path"]
    assert lrs.ids() == []


def test_every_invalid_statement_is_refused_with_path_and_rule(lrs, load, make_statement, assert_refused):
    good = make_statement()
    refused = 0
    for statement in load("invalid_statements.json"):
        body = assert_refused(lrs.post(statement), 400)
        assert body["path"]
        assert body["rule"]
        assert assert_refused(lrs.post([good, statement]), 400)["path"].startswith("[1]")
        refused += 1
    assert refused == 73
    assert lrs.ids() == []
