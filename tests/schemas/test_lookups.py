"""The query parameters of the Agents and the Activities Resource."""

import pytest

from schemas.errors import InvalidInputError
from schemas.lookups import AgentLookup, parse_activity_lookup, parse_agent_lookup
from schemas.versions import XAPI_1_0_3


def test_an_agent_is_kept_as_sent_beside_its_identifier():
    pairs = [("agent", '{"mbox":"mailto:Ada@EXAMPLE.org","name":"Ada"}')]
    assert parse_agent_lookup(pairs, XAPI_1_0_3) == AgentLookup(
        {"mbox": "mailto:Ada@EXAMPLE.org", "name": "Ada"}, "mbox|mailto:Ada@example.org"
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"objectType":"Group","mbox":"mailto:a@example.org"}', "agent"),
        ('{"objectType":"Group","member":[{"mbox":"mailto:a@example.org"}]}', "agent"),
        ('{"objectType":"Person","mbox":"mailto:a@example.org"}', "agent.objectType"),
        ("[]", "agent"),
        ("", "agent"),
    ],
)
def test_a_group_or_anything_else_is_refused(text, path):
    with pytest.raises(InvalidInputError, match="agent") as caught:
        parse_agent_lookup([("agent", text)], XAPI_1_0_3)
    assert caught.value.path == path


def test_an_activity_id_is_kept_as_sent():
    assert parse_activity_lookup([("activityId", "HTTPS://example.org/%41")]) == "HTTPS://example.org/%41"


@pytest.mark.parametrize("pairs", [[], [("activityId", "x")], [("activityId", "a:b"), ("activityId", "a:b")]])
def test_an_activity_id_must_be_one_iri(pairs):
    with pytest.raises(InvalidInputError, match="activityId"):
        parse_activity_lookup(pairs)
