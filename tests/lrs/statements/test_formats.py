import json

from lrs.statements.formats import activity_ids, format_canonical, format_ids


def first(languages):
    return languages[0]


PLAIN = {"actor": {"mbox": "mailto:a@b.org"}, "verb": {"id": "https://v"}, "object": {"id": "https://o"}}


def canonical(statement, definitions=None, choose=first):
    return json.loads(format_canonical(json.dumps(statement).encode(), definitions or {}, choose))


def test_a_statement_ref_and_an_agent_are_left_by_ids():
    for target in (
        {"objectType": "StatementRef", "id": "x"},
        {"objectType": "Agent", "mbox": "mailto:b@b.org"},
    ):
        kept = json.loads(format_ids(json.dumps({**PLAIN, "object": target}).encode()))
        assert kept["object"] == target


def test_context_agents_and_groups_are_cut_by_ids():
    agents = [
        {
            "objectType": "contextAgent",
            "agent": {"mbox": "mailto:b@b.org", "name": "B"},
            "relevantTypes": ["https://t"],
        }
    ]
    groups = [
        {
            "objectType": "contextGroup",
            "group": {"objectType": "Group", "mbox": "mailto:g@b.org", "member": []},
        }
    ]
    statement = {**PLAIN, "context": {"contextAgents": agents, "contextGroups": groups, "platform": "p"}}
    kept = json.loads(format_ids(json.dumps(statement).encode()))["context"]
    assert kept == {
        "contextAgents": [{**agents[0], "agent": {"mbox": "mailto:b@b.org"}}],
        "contextGroups": [{**groups[0], "group": {"objectType": "Group", "mbox": "mailto:g@b.org"}}],
        "platform": "p",
    }


def test_canonical_prefers_the_definition_of_the_store():
    statement = {**PLAIN, "object": {"id": "https://o", "definition": {"name": {"en": "Old"}}}}
    shown = canonical(statement, {"https://o": {"name": {"en": "New"}}})
    assert shown["object"]["definition"] == {"name": {"en": "New"}}
    assert canonical(statement) == statement


def test_canonical_picks_one_language_in_interaction_components():
    definition = {
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"en": "A", "ca": "a"}}],
    }
    statement = {**PLAIN, "object": {"id": "https://o", "definition": definition}}
    shown = canonical(statement, choose=lambda languages: languages[-1])["object"]["definition"]
    assert shown["choices"] == [{"id": "a", "description": {"ca": "a"}}]


def test_an_empty_language_map_stays_empty():
    assert canonical({**PLAIN, "verb": {"id": "https://v", "display": {}}})["verb"]["display"] == {}


def test_activity_ids_are_those_of_object_and_context():
    statement = {**PLAIN, "context": {"contextActivities": {"parent": [{"id": "https://p"}]}}}
    assert activity_ids(json.dumps(statement).encode()) == ["https://o", "https://p"]
