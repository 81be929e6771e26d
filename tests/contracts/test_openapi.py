"""GET /openapi.json says what the service does."""

import json

import jsonschema_rs
import pytest

METHODS = {"GET", "PUT", "POST", "DELETE"}
AGENT = json.dumps({"mbox": "mailto:ada@example.org"})
VALUES = {"agent": AGENT, "activityId": "https://example.org/x", "stateId": "x", "profileId": "x"}
VALUES["activity"] = "https://example.org/nugget"


@pytest.fixture
def description(client):
    answer = client.get("/openapi.json", auth=None)
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def operations(description):
    """Every operation with its path and method."""
    return [
        (path, method, one) for path, each in description["paths"].items() for method, one in each.items()
    ]


def test_every_route_is_described_and_no_other(operations, routes):
    served = {
        (path, method)
        for path, methods in routes
        for method in METHODS & set(methods)
        if "/static" not in path
    }
    assert {(path, method.upper()) for path, method, _ in operations} == served


def test_every_operation_has_a_summary_and_every_reference_leads_somewhere(description, operations):
    assert [path for path, _, operation in operations if not operation["summary"].endswith(".")] == []
    text = json.dumps(description)
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(description["components"]["schemas"])


def test_what_is_required_is_enough_and_every_parameter_named_is_known(client, operations):
    for path, method, operation in operations:
        asked = [one for one in operation["parameters"] if one["in"] == "query"]
        required = {one["name"]: VALUES[one["name"]] for one in asked if one["required"] and method == "get"}
        answer = client.request(method.upper(), path, params=required)
        assert method != "get" or answer.status_code in (200, 404), answer.text
        for one in asked:
            told = client.request(method.upper(), path, params={one["name"]: "x"}).json()
            assert told.get("code") != "unknown_parameter", (path, one["name"])


def test_answers_are_as_described(client, description, operations):
    for path, method, operation in operations:
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        asked = [one["name"] for one in operation["parameters"] if one["in"] == "query" and one["required"]]
        answer = client.get(path, params={name: VALUES[name] for name in asked if name in VALUES})
        judged = schema if method == "get" and answer.status_code == 200 else None
        whole = {**(judged or {"schema": {}})["schema"], "components": description["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json())


def test_a_statement_is_described_by_the_schema_that_judges_it(client, description):
    whole = {"$ref": "#/components/schemas/Statement", "components": description["components"]}
    judge = jsonschema_rs.validator_for(whole)
    statement = {
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": "https://example.org/v"},
        "object": {"id": "https://example.org/x"},
    }
    assert judge.is_valid(statement)
    assert not judge.is_valid({**statement, "verb": {"id": "no IRI"}})
