"""The query parameters of the document resources."""

import pytest

from schemas.documents import (
    ACTIVITY_PROFILE,
    AGENT_PROFILE,
    STATE,
    DocumentKey,
    DocumentQuery,
    parse_document_delete,
    parse_document_get,
    parse_document_key,
)
from schemas.errors import InvalidInputError
from schemas.versions import XAPI_1_0_3, XAPI_2_0_0

ACTIVITY = ("activityId", "https://example.org/a")
AGENT = ("agent", '{"mbox":"mailto:ada@EXAMPLE.org"}')
REGISTRATION = ("registration", "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE")
IDENTIFIER = "mbox|mailto:ada@example.org"
REGISTERED = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
KEYS = [
    (
        STATE,
        [ACTIVITY, AGENT, ("stateId", "s")],
        DocumentKey("state", ACTIVITY[1], IDENTIFIER, None, "s"),
    ),
    (
        STATE,
        [("stateId", "s"), REGISTRATION, AGENT, ACTIVITY],
        DocumentKey("state", ACTIVITY[1], IDENTIFIER, REGISTERED, "s"),
    ),
    (AGENT_PROFILE, [AGENT, ("profileId", "p")], DocumentKey("agent_profile", None, IDENTIFIER, None, "p")),
    (
        ACTIVITY_PROFILE,
        [ACTIVITY, ("profileId", "p")],
        DocumentKey("activity_profile", ACTIVITY[1], None, None, "p"),
    ),
]


@pytest.mark.parametrize("rules", [XAPI_1_0_3, XAPI_2_0_0])
@pytest.mark.parametrize(("resource", "pairs", "key"), KEYS)
def test_an_id_names_one_document(resource, pairs, key, rules):
    for parse in (parse_document_key, parse_document_get, parse_document_delete):
        assert parse(pairs, resource, rules) == key


@pytest.mark.parametrize(("resource", "pairs", "key"), KEYS)
def test_without_an_id_a_context_is_meant(resource, pairs, key):
    context = [pair for pair in pairs if pair[0] != resource.id_parameter]
    query = DocumentQuery(key.kind, key.activity, key.agent, key.registration)
    assert parse_document_get(context, resource, XAPI_2_0_0) == query
    assert parse_document_delete(context, resource, XAPI_2_0_0) == query
    with pytest.raises(InvalidInputError, match=f"parameter {resource.id_parameter} is missing"):
        parse_document_key(context, resource, XAPI_2_0_0)


def test_since_is_read_in_microseconds():
    pairs = [ACTIVITY, ("since", "1970-01-01T00:00:01.000001Z")]
    query = DocumentQuery("activity_profile", ACTIVITY[1], None, None, 1_000_001)
    assert parse_document_get(pairs, ACTIVITY_PROFILE, XAPI_1_0_3) == query


def test_since_beside_an_id_is_refused_by_2_0_only():
    pairs = [ACTIVITY, ("profileId", "p"), ("since", "2024-01-01T00:00:00Z")]
    assert parse_document_get(pairs, ACTIVITY_PROFILE, XAPI_1_0_3) == KEYS[3][2]
    with pytest.raises(InvalidInputError, match="since is not allowed together with profileId") as caught:
        parse_document_get(pairs, ACTIVITY_PROFILE, XAPI_2_0_0)
    assert caught.value.path == "since"
