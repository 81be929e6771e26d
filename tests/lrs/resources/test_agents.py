"""GET /agents: the Person behind an Agent (xAPI 1.0.3 Communication 2.4)."""

import json
import time

import pytest

AGENTS = "/xapi/agents"
ADA = {"mbox": "mailto:ada@example.org"}
UNSEEN = [
    ({"mbox": "mailto:x@example.org", "name": "X"}, {"mbox": ["mailto:x@example.org"], "name": ["X"]}),
    ({"objectType": "Agent", "mbox_sha1sum": "ab" * 20}, {"mbox_sha1sum": ["ab" * 20]}),
    ({"openid": "https://example.org/x"}, {"openid": ["https://example.org/x"]}),
    (
        {"account": {"homePage": "https://example.org", "name": "x|y"}},
        {"account": [{"homePage": "https://example.org", "name": "x|y"}]},
    ),
]


@pytest.fixture
def ask(version):
    """Ask a client about an Agent under each version."""

    def get(client, agent, method="GET", **kwargs):
        text = agent if isinstance(agent, str) else json.dumps(agent)
        headers = {"X-Experience-API-Version": version}
        return client.request(method, AGENTS, params={"agent": text}, headers=headers, **kwargs)

    return get


@pytest.mark.parametrize(("agent", "person"), UNSEEN)
def test_an_agent_never_seen_is_a_person_of_what_was_sent(client, ask, agent, person):
    answer = ask(client, agent)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"objectType": "Person", **person}


def test_names_are_those_of_the_store_newest_first_each_once(client, ask, lrs, make_statement):
    for name in ("Ada L.", "Ada", "Ada Lovelace", "Ada"):
        lrs.store(make_statement(actor={**ADA, "name": name}))
    wanted, deadline = ["Ada", "Ada Lovelace", "Ada L."], time.monotonic() + 30
    # The name of a trusted client stands first; it may have been read between two Statements.
    while ask(client, ADA).json()["name"] != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ask(client, ADA).json()["name"] == wanted
    assert ask(client, {**ADA, "name": "A."}).json()["name"][0] == "A."


def test_names_of_objects_and_members_count_and_those_of_others_do_not(client, ask, lrs, make_statement):
    group = {"objectType": "Group", "name": "Team", "member": [{**ADA, "name": "Member"}, {"openid": "a:b"}]}
    lrs.store(
        make_statement(actor={"mbox": "mailto:bob@example.org", "name": "Bob"}, object=_agent("Object"))
    )
    lrs.store(make_statement(actor=group))
    assert ask(client, ADA).json()["name"] == ["Member", "Object"]


def _agent(name):
    return {"objectType": "Agent", **ADA, "name": name}


def test_an_identifier_is_the_same_whatever_the_case_of_its_mail_domain(client, ask, lrs, make_statement):
    lrs.store(make_statement(actor={**ADA, "name": "Ada"}))
    person = ask(client, {"mbox": "mailto:ada@EXAMPLE.org"}).json()
    assert person == {"objectType": "Person", "name": ["Ada"], "mbox": ["mailto:ada@EXAMPLE.org"]}


@pytest.fixture
def joined(database, store):
    """A persona with two identifiers."""
    identifiers = ["mbox|mailto:ada@example.org", "account|19|https://example.org|ada"]
    row = {"identifiers": identifiers, "keys": identifiers, "name": "Ada of HR", "store": store.id}
    database.db["personas"].insert_one(row)


@pytest.mark.usefixtures("joined")
def test_the_other_identifiers_of_a_persona_are_told_to_who_may_read_profiles(
    client, ask, make_client, lrs, make_statement
):
    account = {"homePage": "https://example.org", "name": "ada"}
    lrs.store(make_statement(actor={"account": account, "name": "Ada at work"}))
    assert ask(client, ADA).json() == {
        "objectType": "Person",
        "name": ["Ada at work", "Ada of HR"],
        "mbox": ["mailto:ada@example.org"],
        "account": [account],
    }
    reader = ask(make_client("statements/read"), ADA).json()
    assert (reader["name"], "account" in reader) == (["Ada of HR"], False)


def test_who_reads_only_their_own_statements_learns_names_from_those_only(
    ask, lrs, make_client, make_statement
):
    lrs.store(make_statement(actor={**ADA, "name": "Ada"}))
    assert "name" not in ask(make_client("statements/read/mine"), ADA).json()


def test_another_store_knows_other_names(ask, lrs, make_client, other_store, make_statement):
    lrs.store(make_statement(actor={**ADA, "name": "Ada"}))
    assert ask(make_client(of=other_store), ADA).json() == {
        "objectType": "Person",
        "mbox": ["mailto:ada@example.org"],
    }


def test_head_is_get_without_the_body(client, ask):
    got, head = ask(client, ADA), ask(client, ADA, "HEAD")
    assert (head.status_code, head.content, bool(got.headers["ETag"])) == (200, b"", True)
    assert {**head.headers, "Date": ""} == {**got.headers, "Date": ""}


@pytest.mark.parametrize("agent", ["{}", "ada", '{"objectType":"Group","mbox":"mailto:a@example.org"}', "[]"])
def test_what_is_no_agent_is_refused(client, ask, assert_refused, agent):
    assert assert_refused(ask(client, agent), 400)["path"].startswith("agent")


def test_the_agent_must_be_there_and_alone(client, assert_refused):
    assert assert_refused(client.get(AGENTS), 400)["path"] == "agent"
    both = client.get(AGENTS, params={"agent": json.dumps(ADA), "limit": 1})
    assert assert_refused(both, 400)["path"] == "limit"


def test_a_scope_to_read_is_needed(ask, make_client, assert_refused):
    assert_refused(ask(make_client("statements/write", "state/read"), ADA), 403)
    assert ask(make_client("profile/read"), ADA).status_code == 200
