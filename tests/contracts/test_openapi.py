"""GET /openapi.json says what the service does."""

import json
import time

import jsonschema_rs
import pytest

from schemas.compiled import json_schema
from schemas.statements import StatementSchema
from schemas.versions import XAPI_2_0_0

METHODS = {"GET", "PUT", "POST", "DELETE"}
AGENT = json.dumps({"mbox": "mailto:ada@example.org"})
VALUES = {"agent": AGENT, "activityId": "https://example.org/x", "stateId": "x", "profileId": "x"}
VALUES["activity"] = "https://example.org/nugget"
VALUES["text"] = "joins"
OF_LEARNERS = {"/record/audit"}
ONE_OF = {"/recommendations/groups": {"skill": "sql"}}
"""Routes that need one of several parameters, none of which is required by itself."""


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


def patient(client, method, path, params):
    """Send a request again when the limit of requests allows it."""
    while (answer := client.request(method.upper(), path, params=params)).status_code == 429:
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


def test_what_is_required_is_enough_and_every_parameter_named_is_known(client, operations):
    for path, method, operation in operations:
        asked = [one for one in operation["parameters"] if one["in"] == "query"]
        required = {one["name"]: VALUES[one["name"]] for one in asked if one["required"] and method == "get"}
        needed = {**required, **(ONE_OF.get(path, {}) if method == "get" else {})}
        answer = patient(client, method, path, needed)
        assert method != "get" or answer.status_code in (200, 404) or path in OF_LEARNERS, answer.text
        for one in asked:
            told = patient(client, method, path, {one["name"]: "x"}).json()
            assert told.get("code") != "unknown_parameter", (path, one["name"])


def test_answers_are_as_described(client, description, operations):
    for path, method, operation in operations:
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        asked = [one["name"] for one in operation["parameters"] if one["in"] == "query" and one["required"]]
        answer = client.get(path, params={name: VALUES[name] for name in asked if name in VALUES})
        judged = schema if method == "get" and answer.status_code == 200 else None
        whole = {**(judged or {"schema": {}})["schema"], "components": description["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json())


ENTRIES = {
    "/recommendations/catalogue/nuggets": (
        {"activity": "https://example.org/nugget"},
        {"title": {"en": "X"}, "skills": ["sql"]},
    ),
    "/recommendations/catalogue/roles": ({"name": "Engineer"}, {"skills": {"sql": 2}}),
    "/recommendations/learners": ({"agent": AGENT}, {"team": "Data", "languages": ["ca"]}),
}


@pytest.mark.parametrize("path", ENTRIES)
def test_entries_are_answered_as_described(client, description, path):
    key, values = ENTRIES[path]
    assert client.put(path, params=key, json=values, headers={"If-None-Match": "*"}).status_code == 204
    answer = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    body = description["paths"][path]["put"]["requestBody"]["content"]["application/json"]["schema"]
    judge = jsonschema_rs.validator_for({**answer, "components": description["components"]})
    for params in (key, {}):
        judge.validate(client.get(path, params=params).json())
    assert not judge.is_valid({})
    taken = jsonschema_rs.validator_for({**body, "components": description["components"]})
    taken.validate(values)
    assert not taken.is_valid({"colour": "red"})


def test_schemas_of_statements_are_the_compiled_ones_and_keep_what_is_forbidden(description):
    schemas = description["components"]["schemas"]
    compiled = json_schema(StatementSchema, XAPI_2_0_0)["$defs"]
    told = {name: json.dumps(schemas[name]).replace("#/components/schemas/", "#/$defs/") for name in compiled}
    assert {name: json.loads(text) for name, text in told.items()} == compiled
    assert '"revision": false' in json.dumps(schemas["Statement"])


def test_bounds_and_defaults_of_a_parameter_are_told(operations):
    [asked] = [one for path, _, one in operations if path == "/recommendations/nuggets"]
    found = {one["name"]: one for one in asked["parameters"]}
    assert found["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    assert found["agent"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Agent"}
    assert found["agent"]["required"]


def test_what_one_of_two_questions_does_not_need_is_not_required(operations):
    path = "/recommendations/catalogue/nuggets"
    required = {
        method: [one["required"] for one in asked["parameters"] if one["name"] == "activity"]
        for where, method, asked in operations
        if where == path
    }
    assert required == {"get": [False], "put": [True], "delete": [True], "post": []}


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
