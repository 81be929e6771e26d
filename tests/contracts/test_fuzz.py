"""Requests made up from the OpenAPI description are never answered 5xx; `make fuzz` sends many more."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

schemathesis = pytest.importorskip("schemathesis")

RELAXED = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SLOW = {"POST /xapi/statements": 2, "PUT /xapi/statements": 2}
"""Statements made up from their patterns take half a second each."""


@pytest.fixture
def operations(client):
    schema = schemathesis.openapi.from_url(f"{client.url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


def test_two_hundred_requests_are_answered_without_a_server_error(client, operations):
    statuses = []

    def send(case):
        statuses.append(case.call(base_url=client.url, auth=client.auth, session=client.session).status_code)

    for operation in operations:
        examples = settings(RELAXED, max_examples=SLOW.get(operation.label, RELAXED.max_examples))
        examples(given(operation.as_strategy())(send))()
    assert len(statuses) >= 200
    assert [status for status in statuses if status >= 500] == []
    assert {200, 204} <= set(statuses)


@RELAXED
@given(text=st.text(max_size=30), name=st.sampled_from(["agent", "limit", "since", "more", "registration"]))
def test_any_text_in_a_parameter_is_answered_without_a_server_error(client, text, name):
    for path in ("xapi/statements", "xapi/agents", "recommendations/nuggets"):
        assert client.get(f"/{path}", params={name: text}).status_code < 500
