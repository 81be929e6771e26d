"""GET /statements: each filter finds what it names and nothing else (xAPI 1.0.3 Communication 2.1.3)."""

import json
import uuid
from datetime import timedelta

import pytest

from schemas.timestamps import format_timestamp, parse_timestamp

ADA = {"mbox": "mailto:ada@example.org"}
BOB = {"mbox": "mailto:bob@example.org"}
EVE = {"mbox": "mailto:eve@example.org"}
ACCOUNT = {"account": {"homePage": "https://example.org/People", "name": "Ada|1"}}
HASHED = {"mbox_sha1sum": "4b4fd5eb1c3a1a1d6d6ad2c5d3fc5a6ea0a3bcf1"}
OPENID = {"openid": "https://example.org/openid/Ada"}
TEAM = {"objectType": "Group", "account": {"homePage": "https://example.org/teams", "name": "data"}}


@pytest.fixture
def found_by(lrs):
    """Store a Statement among others and tell whether a query finds it, and only it."""

    def ask(handle, wanted, noise, **query):
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in query.items()}
        handle.store_batch([*noise, wanted])
        return handle.ids(**texts) == [wanted["id"]]

    return ask


@pytest.fixture
def noise(make_statement):
    """Statements that nothing in this module asks for."""
    stranger = {"mbox": "mailto:stranger@example.org"}
    return [make_statement(actor=stranger, object={"id": f"https://example.org/noise/{n}"}) for n in range(3)]


def sub(**properties):
    return {
        "objectType": "SubStatement",
        "actor": {"mbox": "mailto:x@example.org"},
        "verb": {"id": "https://example.org/verbs/plan"},
        "object": {"id": "https://example.org/nuggets/sub"},
        **properties,
    }


@pytest.mark.parametrize("agent", [ADA, ACCOUNT, HASHED, OPENID], ids=["mbox", "account", "sha1", "openid"])
@pytest.mark.parametrize("place", ["actor", "object"])
def test_agent_finds_actor_and_object_by_each_identifier(found_by, lrs, make_statement, noise, agent, place):
    parts = {"actor": BOB, place: {"objectType": "Agent", "name": "Ada", **agent}}
    assert found_by(lrs, make_statement(**parts), noise, agent={"name": "Somebody else", **agent})


@pytest.mark.parametrize("place", ["actor", "object"])
@pytest.mark.parametrize("group", [{}, TEAM], ids=["anonymous", "identified"])
def test_agent_finds_the_members_of_a_group(found_by, lrs, make_statement, noise, place, group):
    parts = {"actor": EVE, place: {"objectType": "Group", **group, "member": [ADA, BOB]}}
    assert found_by(lrs, make_statement(**parts), noise, agent=BOB)


def test_agent_may_be_an_identified_group(found_by, lrs, make_statement, noise):
    assert found_by(lrs, make_statement(actor=TEAM), noise, agent=TEAM)


@pytest.mark.parametrize(
    ("stored", "asked", "found"),
    [
        ({"mbox": "mailto:Ada@Example.org"}, {"mbox": "mailto:Ada@eXample.ORG"}, True),
        ({"mbox": "mailto:Ada@example.org"}, {"mbox": "mailto:ada@example.org"}, False),
        (HASHED, {"mbox_sha1sum": HASHED["mbox_sha1sum"].upper()}, True),
        (ACCOUNT, {"account": {"homePage": "https://example.org/people", "name": "Ada|1"}}, False),
        (ACCOUNT, {"account": {"homePage": "https://example.org/People", "name": "ada|1"}}, False),
        (OPENID, {"openid": "https://example.org/openid/ada"}, False),
        (ADA, {"mbox_sha1sum": "fab0b0a2b3ac5b9b94b7cb6b47a0eb8e5b0b9e37"}, False),
    ],
)
def test_only_the_case_of_mail_domains_and_hashes_does_not_matter(lrs, make_statement, stored, asked, found):
    lrs.store(make_statement(actor=stored))
    assert bool(lrs.ids(agent=json.dumps(asked))) is found


def test_account_names_do_not_run_into_home_pages(lrs, make_statement):
    lrs.store(make_statement(actor={"account": {"homePage": "https://example.org/a", "name": "b|c"}}))
    asked = {"account": {"homePage": "https://example.org/a%7Cb", "name": "c"}}
    assert lrs.ids(agent=json.dumps(asked)) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"context": {"instructor": ADA}},
        {"context": {"team": {"objectType": "Group", "member": [ADA]}}},
        {"object": sub(actor=ADA)},
        {"object": sub(object={"objectType": "Agent", **ADA})},
        {"object": sub(context={"instructor": ADA})},
    ],
    ids=["instructor", "team", "sub actor", "sub object", "sub instructor"],
)
def test_agents_around_are_found_only_when_related_ones_are_asked_for(lrs, make_statement, parts):
    [name] = lrs.store(make_statement(actor=BOB, **parts))
    assert lrs.ids(agent=json.dumps(ADA)) == []
    assert lrs.ids(agent=json.dumps(ADA), related_agents="true") == [name]


@pytest.mark.parametrize(
    "context",
    [
        {"contextAgents": [{"objectType": "contextAgent", "agent": ADA}]},
        {
            "contextGroups": [
                {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [ADA]}}
            ]
        },
    ],
    ids=["agents", "groups"],
)
@pytest.mark.parametrize("nested", [False, True], ids=["statement", "substatement"])
def test_context_agents_and_groups_are_related_agents(lrs2, make_statement, context, nested):
    parts = {"object": sub(context=context)} if nested else {"context": context}
    [name] = lrs2.store(make_statement(actor=BOB, **parts))
    assert lrs2.ids(agent=json.dumps(ADA)) == []
    assert lrs2.ids(agent=json.dumps(ADA), related_agents="true") == [name]


def test_the_authority_is_a_related_agent(lrs, make_statement):
    [name] = lrs.store(make_statement())
    authority = json.dumps(lrs.one(name)["authority"])
    assert lrs.ids(agent=authority) == []
    assert lrs.ids(agent=authority, related_agents="true") == [name]


def test_verb_is_matched_as_an_exact_string(found_by, lrs, make_statement, noise):
    wanted = make_statement(verb={"id": "https://example.org/verbs/Read"})
    assert found_by(lrs, wanted, noise, verb="https://example.org/verbs/Read")


def test_activity_is_matched_as_an_exact_string(found_by, lrs, make_statement, noise):
    odd = "uuid://Example.org/a%20b+c?d=e#f"
    others = [*noise, make_statement(object={"id": odd.lower()})]
    assert found_by(lrs, make_statement(object={"id": odd}), others, activity=odd)


@pytest.mark.parametrize("group", ["parent", "grouping", "category", "other"])
@pytest.mark.parametrize("nested", [False, True], ids=["statement", "substatement"])
def test_context_activities_are_found_only_as_related_ones(lrs, make_statement, group, nested):
    context = {"contextActivities": {group: {"id": "https://example.org/courses/1"}}}
    parts = {"object": sub(context=context)} if nested else {"context": context}
    [name] = lrs.store(make_statement(**parts))
    assert lrs.ids(activity="https://example.org/courses/1") == []
    assert lrs.ids(activity="https://example.org/courses/1", related_activities="true") == [name]


def test_the_object_of_a_substatement_is_a_related_activity(lrs, make_statement):
    [name] = lrs.store(make_statement(object=sub()))
    assert lrs.ids(activity="https://example.org/nuggets/sub") == []
    assert lrs.ids(activity="https://example.org/nuggets/sub", related_activities="true") == [name]


def test_registration_is_matched_in_any_case(found_by, lrs, make_statement, noise):
    registration = str(uuid.uuid4())
    wanted = make_statement(context={"registration": registration.upper()})
    assert found_by(lrs, wanted, noise, registration=registration)


def test_filters_are_combined(lrs, make_statement):
    verbs = [{"id": f"https://example.org/verbs/{name}"} for name in "ab"]
    activities = [{"id": f"https://example.org/nuggets/{name}"} for name in "ab"]
    batch = [
        make_statement(actor=actor, verb=verb, object=activity)
        for actor in (ADA, BOB)
        for verb in verbs
        for activity in activities
    ]
    lrs.store_batch(batch)
    query = {"agent": json.dumps(BOB), "verb": verbs[0]["id"], "activity": activities[1]["id"]}
    assert lrs.ids(**query) == [batch[5]["id"]]
    assert len(lrs.ids(agent=query["agent"], verb=query["verb"])) == 2


@pytest.fixture
def dated(lrs, statements):
    """Five Statements stored one after the other, oldest first."""
    return [lrs.one(name) for name in lrs.store(*statements(5))]


def test_since_is_exclusive_and_until_inclusive(lrs, dated):
    ids = [statement["id"] for statement in dated]
    moments = [statement["stored"] for statement in dated]
    assert lrs.ids(since=moments[2]) == [ids[4], ids[3]]
    assert lrs.ids(until=moments[2]) == [ids[2], ids[1], ids[0]]
    assert lrs.ids(since=moments[0], until=moments[3]) == [ids[3], ids[2], ids[1]]
    assert lrs.ids(since=moments[3], until=moments[3]) == []
    assert lrs.ids(since=moments[4], until=moments[0]) == []


def test_since_and_until_are_read_to_the_microsecond_and_in_any_zone(lrs, dated):
    stored = parse_timestamp(dated[4]["stored"])
    just_before = format_timestamp(stored - 1)
    elsewhere = format_timestamp(stored - 1 + int(timedelta(hours=5, minutes=30) / timedelta(microseconds=1)))
    assert lrs.ids(since=just_before) == [dated[4]["id"]]
    assert lrs.ids(since=elsewhere.replace("Z", "+05:30")) == [dated[4]["id"]]
    assert len(lrs.ids(until=just_before)) == 4


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_no_trouble(lrs, dated, moment):
    assert len(lrs.ids(since=moment)) + len(lrs.ids(until=moment)) == 5


def test_since_looks_at_stored_and_not_at_timestamp(lrs, make_statement):
    [name] = lrs.store(make_statement(timestamp="2010-01-01T00:00:00Z"))
    assert lrs.ids(since="2020-01-01T00:00:00Z") == [name]
    assert lrs.ids(until="2020-01-01T00:00:00Z") == []


def test_newest_first_by_default_and_oldest_first_on_demand(lrs, dated):
    ids = [statement["id"] for statement in dated]
    lrs.settle()
    assert lrs.ids() == ids[::-1] == lrs.ids(ascending="false")
    assert lrs.ids(ascending="true") == ids


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (0, [5]), (10**12, [5])]
)
def test_limit_is_the_size_of_a_page_and_0_the_maximum(lrs, dated, limit, sizes):
    assert [len(page["statements"]) for page in lrs.pages(limit=limit)] == sizes


def test_a_statement_id_finds_one_statement_and_not_a_list(lrs, dated):
    assert lrs.one(dated[1]["id"].upper()) == dated[1]


@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
def test_an_unknown_id_is_not_found(lrs, assert_refused, name):
    unknown = str(uuid.uuid4())
    assert unknown in assert_refused(lrs.get(**{name: unknown}), 404)["message"]


def test_last_modified_is_the_newest_stored_of_the_answer(lrs, dated):
    assert lrs.get().headers["Last-Modified"].endswith("GMT")
    assert "Last-Modified" not in lrs.get(verb="https://example.org/verbs/none").headers


def test_head_has_the_headers_of_get_and_no_body(lrs, dated):
    for query in ({}, {"statementId": dated[0]["id"]}, {"statementId": str(uuid.uuid4())}, {"limit": "x"}):
        get, head = lrs.get(**query), lrs.send("HEAD", params=query)
        changing = {"date", "x-experience-api-consistent-through"}
        assert head.status_code == get.status_code
        assert head.content == b""
        assert set(head.headers) == set(get.headers)
        assert {n: v for n, v in head.headers.items() if n.lower() not in changing} == {
            n: v for n, v in get.headers.items() if n.lower() not in changing
        }


def test_reading_mine_sees_only_what_the_credential_stored(lrs, make_lrs, make_statement):
    lrs.store(make_statement())
    own = make_lrs("statements/write", "statements/read/mine")
    [name] = own.store(make_statement())
    assert own.ids() == [name]
    assert own.state(name)[0] == 200
    foreign = next(each for each in lrs.ids() if each != name)
    assert own.state(foreign) == (404, 404)
