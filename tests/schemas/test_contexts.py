import pytest

from schemas.versions import XAPI_1_0_3, XAPI_2_0_0

AGENT = {"mbox": "mailto:ada@example.org"}
TEAM = {"objectType": "Group", "name": "Data", "account": {"homePage": "https://example.org", "name": "data"}}
CONTEXT_AGENTS = {
    "contextAgents": [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["https://x.org/t"]}]
}
CONTEXT_GROUPS = {"contextGroups": [{"objectType": "contextGroup", "group": TEAM}]}


@pytest.mark.parametrize(
    "context",
    [
        {},
        {
            "registration": "EC531277-b57b-4c15-8d91-d292c5b2b8f7",
            "language": "zh-Hant-TW",
            "platform": "",
            "revision": "1",
        },
        {"instructor": AGENT, "team": TEAM},
        {"instructor": TEAM, "extensions": {}},
        {
            "contextActivities": {
                "parent": {"id": "a:b"},
                "grouping": [{"id": "a:b"}],
                "category": [],
                "other": [],
            }
        },
    ],
)
def test_contexts_are_accepted(make_statement, is_valid, context, rules):
    assert is_valid(make_statement(context=context), rules)


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ({"registration": "x"}, "registration"),
        ({"language": "english!"}, "language"),
        ({"team": AGENT}, "team.objectType"),
        ({"statement": {"id": "ec531277-b57b-4c15-8d91-d292c5b2b8f7"}}, "statement.objectType"),
        ({"contextActivities": {"parent": [{"id": "nope"}]}}, "contextActivities.parent[0].id"),
        ({"contextActivities": {"parent": {"id": "nope"}}}, "contextActivities.parent.id"),
        ({"contextActivities": {"parents": []}}, "contextActivities.parents"),
        ({"contextActivities": {"other": "a:b"}}, "contextActivities.other"),
        ({"extensions": {"x": 1}}, "extensions.x"),
    ],
)
def test_a_wrong_context_is_refused_at_its_path(make_statement, refusal_of, context, path, rules):
    assert refusal_of(make_statement(context=context), rules).path == f"context.{path}"


@pytest.mark.parametrize("context", [CONTEXT_AGENTS, CONTEXT_GROUPS])
def test_context_agents_and_groups_belong_to_version_2(make_statement, is_valid, context):
    assert is_valid(make_statement(context=context), XAPI_2_0_0)
    assert not is_valid(make_statement(context=context), XAPI_1_0_3)


@pytest.mark.parametrize(
    "context_agent",
    [
        {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": []},
        {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["x"]},
        {"objectType": "contextAgent"},
        {"agent": AGENT},
        {"objectType": "contextAgent", "agent": TEAM},
    ],
)
def test_a_wrong_context_agent_is_refused(make_statement, is_valid, context_agent):
    assert not is_valid(make_statement(context={"contextAgents": [context_agent]}), XAPI_2_0_0)


@pytest.mark.parametrize("name", ["revision", "platform"])
def test_revision_and_platform_need_an_activity(make_statement, is_valid, refusal_of, name):
    context = {name: "1"}
    assert is_valid(make_statement(context=context, object={"objectType": "Activity", "id": "a:b"}))
    assert (
        refusal_of(make_statement(context=context, object={"objectType": "Agent", **AGENT})).path
        == f"context.{name}"
    )
