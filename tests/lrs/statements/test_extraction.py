import pytest

from lrs.statements.extraction import extract_facets, is_voiding, reference_of

AUTHORITY = {"account": {"homePage": "https://lrs", "name": "key"}}
BY_LRS = "account|11|https://lrs|key"


def agent(name):
    return {"mbox": f"mailto:{name}@example.org"}


def identifiers(*names):
    return tuple(f"mbox|mailto:{name}@example.org" for name in names)


def statement(**properties):
    return {
        "actor": agent("a"),
        "verb": {"id": "https://v"},
        "object": {"id": "https://o"},
        **properties,
    }


def test_a_plain_statement_is_found_by_actor_verb_and_object():
    facets = extract_facets(statement(), AUTHORITY)
    assert facets.verb == "https://v"
    assert facets.agents == identifiers("a")
    assert facets.related_agents == (*identifiers("a"), BY_LRS)
    assert facets.activities == facets.related_activities == ("https://o",)
    assert facets.registration is None


def test_everybody_anywhere_is_a_related_agent_once():
    group = {"objectType": "Group", "member": [agent("m"), agent("a")]}
    inner = {
        **statement(actor=agent("s"), object={"objectType": "Agent", **agent("t")}),
        "objectType": "SubStatement",
        "context": {"team": group},
    }
    context = {
        "instructor": agent("i"),
        "team": {"objectType": "Group", **agent("g"), "member": [agent("n")]},
        "contextAgents": [{"objectType": "contextAgent", "agent": agent("x")}],
        "contextGroups": [{"objectType": "contextGroup", "group": group}],
    }
    facets = extract_facets(statement(object=inner, context=context), AUTHORITY)
    assert facets.agents == identifiers("a")
    assert facets.related_agents == (*identifiers("a", "s", "t", "m", "i", "g", "n", "x"), BY_LRS)


@pytest.mark.parametrize("kind", ["Agent", "Group"])
def test_an_agent_as_object_is_an_agent_of_the_statement(kind):
    facets = extract_facets(statement(object={"objectType": kind, **agent("b")}), AUTHORITY)
    assert facets.agents == identifiers("a", "b")
    assert facets.activities == ()


def test_activities_around_are_related_whether_single_or_listed():
    context = {
        "contextActivities": {
            "parent": {"id": "https://p"},
            "other": [{"id": "https://q"}, {"id": "https://p"}],
        }
    }
    facets = extract_facets(statement(context=context), AUTHORITY)
    assert facets.activities == ("https://o",)
    assert facets.related_activities == ("https://o", "https://p", "https://q")


def test_an_authority_of_two_is_found_by_both():
    pair = {"objectType": "Group", "member": [agent("app"), agent("user")]}
    assert set(identifiers("app", "user")) <= set(extract_facets(statement(), pair).related_agents)


def test_registration_is_folded_to_lower_case():
    assert extract_facets(statement(context={"registration": "ABC"}), AUTHORITY).registration == "abc"


def test_a_reference_is_the_id_in_lower_case():
    assert reference_of(statement(object={"objectType": "StatementRef", "id": "ABC"})) == "abc"
    assert reference_of(statement()) is None


def test_voiding_is_told_by_the_verb():
    assert is_voiding(statement(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}))
    assert not is_voiding(statement())
