"""Rules 37 to 44 of docs/rules.md: queries and the forms of answers."""

import json
import uuid

import pytest

ADA = {"mbox": "mailto:ada@example.org"}
BOB = {"account": {"homePage": "https://example.org", "name": "Bob"}}
BOB_GROUP = {"objectType": "Group", "member": [BOB]}
VERB = {"id": "https://example.org/v"}
NUGGET = {"id": "https://example.org/nuggets/1"}
OTHER = {"id": "https://example.org/nuggets/2"}


@pytest.mark.parametrize(
    "query",
    [
        {"statementId": str(uuid.uuid4()), "voidedStatementId": str(uuid.uuid4())},
        {"statementId": str(uuid.uuid4()), "limit": "1"},
        {"voidedStatementId": str(uuid.uuid4()), "verb": VERB["id"]},
        {"statementID": str(uuid.uuid4())},
        {"Limit": "1"},
        {"foo": "bar"},
        {"ascending": "yes"},
        {"limit": "-1"},
        {"limit": "1.5"},
        {"format": "Exact"},
        {"attachments": "yes"},
    ],
)
def test_rule_37_parameters_that_cannot_be_right_are_refused(either, assert_refused, query):
    assert_refused(either.get(**query), 400)


def test_rule_37_an_id_goes_with_format_and_attachments_and_limit_0_is_no_limit(either, make_statement):
    names = either.store_batch([make_statement() for _ in range(3)])
    assert either.get(statementId=names[0], format="ids", attachments="true").status_code == 200
    assert len(either.get(limit=0).json()["statements"]) == 3


@pytest.mark.parametrize(
    ("agent", "count"),
    [
        ({**BOB, "name": "another name"}, 3),
        ({"account": {"homePage": "https://example.org", "name": "bob"}}, 0),
        ({"openid": "https://example.org/team", "objectType": "Group"}, 1),
        ({"mbox": "mailto:ada@EXAMPLE.org"}, 2),
        ({"mbox": "mailto:Ada@example.org"}, 0),
    ],
)
def test_rule_38_agent_matches_actor_object_and_members_by_identifier(either, make_statement, agent, count):
    team = {"objectType": "Group", "openid": "https://example.org/team", "member": [BOB]}
    either.store(
        make_statement(actor=BOB),
        make_statement(actor=team),
        make_statement(object={**BOB, "objectType": "Agent"}),
        make_statement(actor=ADA, context={"instructor": BOB}),
    )
    assert len(either.ids(agent=json.dumps(agent))) == count


def test_rule_38_an_anonymous_group_is_no_filter(either, assert_refused):
    assert_refused(either.get(agent=json.dumps(BOB_GROUP)), 400)


SUB = {"objectType": "SubStatement", "actor": ADA, "verb": VERB, "object": OTHER}
AROUND = {
    "instructor": {"context": {"instructor": BOB}},
    "team": {"context": {"team": BOB_GROUP}},
    "actor of a SubStatement": {"object": {**SUB, "actor": BOB}},
    "object of a SubStatement": {"object": {**SUB, "object": {**BOB, "objectType": "Agent"}}},
    "team in a SubStatement": {"object": {**SUB, "context": {"team": BOB_GROUP}}},
}
ROLES = {
    "contextAgents": [{"objectType": "contextAgent", "agent": BOB}],
    "contextGroups": [{"objectType": "contextGroup", "group": BOB_GROUP}],
}


@pytest.mark.parametrize("properties", AROUND.values(), ids=AROUND)
def test_rule_39_related_agents_are_found_everywhere(either, make_statement, properties):
    either.store(make_statement(), make_statement(**properties))
    agent = json.dumps(BOB)
    assert either.ids(agent=agent) == []
    assert len(either.ids(agent=agent, related_agents="true")) == 1


@pytest.mark.parametrize("name", sorted(ROLES))
def test_rule_39_context_agents_and_groups_are_related(lrs2, make_statement, name):
    within = {"context": {name: ROLES[name]}}
    lrs2.store(make_statement(), make_statement(**within), make_statement(object={**SUB, **within}))
    assert len(lrs2.ids(agent=json.dumps(BOB), related_agents="true")) == 2


@pytest.mark.parametrize(
    "properties",
    [
        {"context": {"contextActivities": {key: [NUGGET]}}}
        for key in ("parent", "grouping", "category", "other")
    ]
    + [{"object": {**SUB, "object": NUGGET}}]
    + [{"object": {**SUB, "context": {"contextActivities": {"parent": NUGGET}}}}],
)
def test_rule_39_related_activities_are_found_everywhere(either, make_statement, properties):
    either.store(make_statement(object=OTHER), make_statement(**{"object": OTHER, **properties}))
    assert either.ids(activity=NUGGET["id"]) == []
    assert len(either.ids(activity=NUGGET["id"], related_activities="true")) == 1


def test_rule_40_more_is_relative_keeps_the_filters_and_ends_without_an_empty_page(either, make_statement):
    names = either.store_batch([make_statement() for _ in range(4)])
    either.store(make_statement(actor=BOB))
    pages = list(either.pages(limit=2, agent=json.dumps(ADA), format="ids"))
    assert [len(page["statements"]) for page in pages] == [2, 2]
    assert pages[0]["more"].startswith("/xapi/statements?")
    assert pages[1]["more"] == ""
    assert sorted(one["id"] for page in pages for one in page["statements"]) == sorted(names)
    assert either.client.get(pages[0]["more"], auth=("nobody", "wrong")).status_code == 401


def test_rule_41_newest_first_unless_ascending(either, make_statement):
    names = either.store(*[make_statement() for _ in range(4)])
    either.settle()
    assert either.ids() == names[::-1]
    assert [either.ids(ascending=text) for text in ("true", "True", "TRUE")] == [names] * 3
    assert either.ids(ascending="False") == names[::-1]
    assert either.ids() == either.ids(limit=1)


NAMES = {"en": "house", "ca": "casa", "de": "Haus"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ca", "ca"), ("fr, de;q=0.5, ca;q=0.2", "de"), ("en;q=0.1, ca;q=0.9", "ca"), ("fr", None), ("", None)],
)
def test_rule_42_canonical_gives_one_language_and_never_none(either, make_statement, accepted, language):
    statement = make_statement(object={**NUGGET, "definition": {"name": NAMES}})
    either.store(statement)
    query = {"statementId": statement["id"], "format": "canonical"}
    seen = either.send("GET", params=query, headers={"Accept-Language": accepted}).json()
    (found,) = seen["object"]["definition"]["name"]
    assert found == (language or found)


def test_rule_42_ids_keeps_identifiers_and_exact_what_came(either, make_statement):
    group = {"objectType": "Group", "name": "Team", "member": [{**ADA, "name": "Ada"}]}
    statement = make_statement(actor=group, object={**NUGGET, "definition": {"name": NAMES}})
    either.store(statement)
    short = either.one(statement["id"], format="ids")
    assert short["actor"] == {"objectType": "Group", "member": [ADA]}
    assert short["object"].get("definition") is None
    exact = either.one(statement["id"], format="exact")
    assert (exact["actor"], exact["object"]) == (statement["actor"], statement["object"])


@pytest.mark.parametrize(("wanted", "kind"), [("true", "multipart/mixed"), ("false", "application/json")])
def test_rule_43_attachments_decides_the_type_of_the_answer(either, make_statement, wanted, kind):
    (name,) = either.store(make_statement())
    for query in ({}, {"statementId": name}, {"verb": "https://example.org/none"}):
        answer = either.get(attachments=wanted, **query)
        assert answer.headers["Content-Type"].partition(";")[0] == kind


def test_rule_44_a_single_statement_is_json_with_last_modified_or_not_found(either, make_statement, make_lrs):
    (name,) = either.store(make_statement())
    answer = either.get(statementId=name)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert either.get(statementId=str(uuid.uuid4())).status_code == 404
    assert make_lrs("statements/read/mine").get(statementId=name).status_code == 404
