import pytest

AGENT = {"mbox": "mailto:ada@example.org"}
ACCOUNT = {"homePage": "https://example.org", "name": "ada"}


@pytest.mark.parametrize(
    "actor",
    [
        AGENT,
        {"objectType": "Agent", "name": "", "mbox_sha1sum": "CD9B00a5611f94eaa7b1661edab976068e364975"},
        {"openid": "https://ada.example.org"},
        {"account": ACCOUNT},
        {"objectType": "Group", "member": [AGENT]},
        {"objectType": "Group", "account": ACCOUNT},
        {"objectType": "Group", "mbox": "mailto:team@example.org", "member": []},
    ],
)
def test_agents_and_groups_are_accepted(make_statement, is_valid, actor, rules):
    assert is_valid(make_statement(actor=actor), rules)


@pytest.mark.parametrize(
    ("actor", "path", "rule"),
    [
        ({}, "actor", "2.4.2.1"),
        ({"name": "Ada"}, "actor", "2.4.2.1"),
        ({**AGENT, "openid": "https://ada.example.org"}, "actor", "2.4.2.1"),
        ({"mbox": "ada@example.org"}, "actor.mbox", "2.4.2.3"),
        ({"mbox": "mailto:ada"}, "actor.mbox", "2.4.2.3"),
        ({"mbox": None}, "actor.mbox", "2.2"),
        ({"mbox_sha1sum": "cd9b"}, "actor.mbox_sha1sum", "2.4.2.3"),
        ({"account": {"name": "ada"}}, "actor.account.homePage", "2.4.2.4"),
        ({"account": {"homePage": "example.org", "name": "ada"}}, "actor.account.homePage", "2.4.2.4"),
        ({"account": {"homePage": "https://example.org"}}, "actor.account.name", "2.4.2.4"),
        ({**AGENT, "member": [AGENT]}, "actor.member", "2.4.2.1"),
        ({**AGENT, "objectType": "agent"}, "actor.objectType", "2.4.2"),
        ({**AGENT, "objectType": ["Agent"]}, "actor.objectType", "2.4.2"),
        ({"objectType": "Group"}, "actor", "2.4.2.2"),
        ({"objectType": "Group", "member": []}, "actor", "2.4.2.2"),
        ({"objectType": "Group", "member": AGENT}, "actor.member", "2.4.2.2"),
        ({"objectType": "Group", "member": [AGENT, {}]}, "actor.member[1]", "2.4.2.1"),
        (
            {"objectType": "Group", "member": [{"objectType": "Group", **AGENT}]},
            "actor.member[0].objectType",
            "2.4.2.1",
        ),
        ([AGENT], "actor", "2.4.2"),
    ],
)
def test_a_wrong_actor_is_refused_at_its_path(make_statement, refusal_of, actor, path, rule, rules):
    error = refusal_of(make_statement(actor=actor), rules)
    assert (error.path, error.rule) == (path, f"xAPI 1.0.3 Data {rule}")


def test_an_authority_may_be_an_anonymous_group_of_two(make_statement, is_valid):
    assert is_valid(
        make_statement(authority={"objectType": "Group", "member": [{"account": ACCOUNT}, AGENT]})
    )


@pytest.mark.parametrize(
    ("authority", "path"),
    [
        ({"objectType": "Group", "member": [AGENT]}, "authority.member"),
        ({"objectType": "Group", "member": [AGENT] * 3}, "authority.member"),
        ({"objectType": "Group", "member": [AGENT] * 2, **AGENT}, "authority.mbox"),
        ({"objectType": "Group"}, "authority.member"),
        ({"objectType": "Agent"}, "authority"),
    ],
)
def test_any_other_authority_is_refused(make_statement, refusal_of, authority, path):
    assert refusal_of(make_statement(authority=authority)).path == path
