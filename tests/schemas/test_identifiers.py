import pytest

from schemas.errors import InvalidInputError
from schemas.identifiers import agent_of, identifier_of


@pytest.mark.parametrize(
    ("actor", "identifier"),
    [
        ({"mbox": "mailto:Ada@Example.ORG", "name": "x"}, "mbox|mailto:Ada@example.org"),
        ({"mbox_sha1sum": "CD9B"}, "mbox_sha1sum|cd9b"),
        ({"openid": "https://A.example/|x"}, "openid|https://A.example/|x"),
        ({"account": {"homePage": "https://a|b.c", "name": "d|e"}}, "account|13|https://a|b.c|d|e"),
        ({"objectType": "Group", "account": {"homePage": "a:b", "name": ""}}, "account|3|a:b|"),
        ({"objectType": "Group", "member": []}, None),
    ],
)
def test_identifier_of_an_actor(actor, identifier):
    assert identifier_of(actor) == identifier


@pytest.mark.parametrize(
    "agent",
    [
        {"objectType": "Agent", "mbox": "mailto:ada@example.org"},
        {"objectType": "Agent", "mbox_sha1sum": "cd9b00a5611f94eaa7b1661edab976068e364975"},
        {"objectType": "Agent", "openid": "https://example.org/a|b"},
        {"objectType": "Agent", "account": {"homePage": "https://a|b.c", "name": "d|e"}},
    ],
)
def test_agent_of_is_the_inverse(agent):
    assert agent_of(identifier_of(agent)) == agent


@pytest.mark.parametrize(
    "text", ["", "mbox|", "name|x", "account|x|y|z", "account|9|a|b", "account|1|ab|c", "account|²|ab|c"]
)
def test_what_is_no_identifier_is_refused(text):
    with pytest.raises(InvalidInputError, match="not a canonical identifier"):
        agent_of(text)
