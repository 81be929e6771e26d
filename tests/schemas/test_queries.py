import json

import pytest

from schemas.errors import InvalidInputError
from schemas.queries import PARAMETERS, StatementQuery, parse_statement_query
from schemas.versions import XAPI_1_0_3

UUID = "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE"
AGENT = json.dumps({"mbox": "mailto:Ada@Example.org"})
GROUP = json.dumps({"objectType": "Group", "mbox": "mailto:team@example.org"})
ANONYMOUS = json.dumps({"objectType": "Group", "member": [{"mbox": "mailto:a@b.c"}]})


@pytest.mark.parametrize(
    ("pairs", "query"),
    [
        ([], StatementQuery()),
        ([("agent", AGENT)], StatementQuery(agent="mbox|mailto:Ada@example.org")),
        ([("agent", GROUP)], StatementQuery(agent="mbox|mailto:team@example.org")),
        ([("statementId", UUID), ("format", "ids")], StatementQuery(statement_id=UUID.lower(), format="ids")),
        (
            [("voidedStatementId", UUID), ("attachments", "true")],
            StatementQuery(voided_statement_id=UUID.lower(), attachments=True),
        ),
        ([("verb", "a:b"), ("activity", "c:d")], StatementQuery(verb="a:b", activity="c:d")),
        ([("registration", UUID)], StatementQuery(registration=UUID.lower())),
        ([("limit", "0"), ("ascending", "true")], StatementQuery(limit=0, ascending=True)),
        ([("ascending", "True"), ("attachments", "FALSE")], StatementQuery(ascending=True)),
        ([("limit", "9223372036854775807")], StatementQuery(limit=2**63 - 1)),
        (
            [("since", "1970-01-01T00:00:01Z"), ("until", "1970-01-01T00:00:02")],
            StatementQuery(since=10**6, until=2 * 10**6),
        ),
        (
            [("related_agents", "true"), ("related_activities", "true")],
            StatementQuery(related_agents=True, related_activities=True),
        ),
    ],
)
def test_queries_are_read(pairs, query, rules):
    assert parse_statement_query(pairs, rules) == query


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("statementId", "x"),
            ("voidedStatementId", ""),
            ("registration", "5"),
            ("verb", "x"),
            ("activity", ""),
        ),
        *(
            ("limit", "-1"),
            ("limit", ""),
            ("limit", "1.0"),
            ("limit", "9223372036854775808"),
            ("limit", "9" * 5000),
        ),
        *(
            ("limit", "\u0665"),
            ("ascending", "yes"),
            ("attachments", "1"),
            ("related_agents", ""),
            ("format", "Exact"),
        ),
        *(("since", "2020-01-01T00:00:00 01:00"), ("until", "yesterday"), ("related_activities", "no")),
        *(("agent", ""), ("agent", "{}"), ("agent", "[]"), ("agent", ANONYMOUS), ("agent", '"x"')),
        *(
            ("agent", '{"mbox":"a@b"}'),
            ("agent", '{"mbox":"mailto:a@b","mbox":"mailto:a@b"}'),
            ("agent", '"\ud800"'),
        ),
        *(("Limit", "1"), ("statementid", UUID), ("foo", "bar")),
    ],
)
def test_every_refusal_names_parameter_rule_and_remedy(name, value, rules):
    with pytest.raises(InvalidInputError) as caught:
        parse_statement_query([(name, value)], rules)
    error = caught.value
    assert f"parameter {name}=" in error.message
    assert error.path.split(".")[0] == name
    assert error.rule


def test_the_value_and_its_remedy_are_in_the_message():
    with pytest.raises(InvalidInputError, match=r'limit="-1" is refused; send a whole number from 0'):
        parse_statement_query([("limit", "-1")], XAPI_1_0_3)
    with pytest.raises(InvalidInputError, match="did you mean limit"):
        parse_statement_query([("Limit", "1")], XAPI_1_0_3)


def test_a_wrong_agent_is_refused_at_its_path():
    with pytest.raises(InvalidInputError) as caught:
        parse_statement_query([("agent", '{"mbox":"a@b"}')], XAPI_1_0_3)
    assert caught.value.path == "agent.mbox"


@pytest.mark.parametrize("name", ["limit", "agent", "ascending"])
def test_a_repeated_parameter_is_refused(name):
    with pytest.raises(InvalidInputError, match="twice") as caught:
        parse_statement_query([(name, "1"), (name, "1")], XAPI_1_0_3)
    assert caught.value.code == "repeated_parameter"


@pytest.mark.parametrize("single", ["statementId", "voidedStatementId"])
@pytest.mark.parametrize("other", sorted(set(PARAMETERS) - {"attachments", "format"}))
def test_an_id_goes_with_attachments_and_format_only(single, other):
    with pytest.raises(InvalidInputError):
        parse_statement_query([(single, UUID), (other, "true")], XAPI_1_0_3)
