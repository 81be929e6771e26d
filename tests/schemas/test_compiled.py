import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.compiled import (
    accepts,
    check_agent,
    check_statement,
    check_statements,
    json_schema,
    readable_schema,
)
from schemas.errors import InvalidInputError
from schemas.statements import StatementSchema
from schemas.versions import SERVED, XAPI_1_0_3, XAPI_2_0_0
from schemas.vocabulary import INTERACTION_TYPES, VOIDED

RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
IRIS = st.sampled_from(["https://example.org/ü", "uuid://x", "course-v1:FUN+1", "a:b"])
TAGS = st.sampled_from(["en", "en-US", "und", "tlh", "i-klingon", "x-own", "sl-rozaj-biske", "de-Latn-1996"])
TEXTS = st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
MAPS = st.dictionaries(TAGS, TEXTS, max_size=2)
EXTENSIONS = st.dictionaries(IRIS, JSON, max_size=2)
UUIDS = st.uuids(version=4).map(str)
TIMES = st.sampled_from(
    ["2020-02-29T23:59:59.123Z", "2020-01-01T00:00:00+05:30", "2016-12-31T23:59:60Z", "2020-01-01T00:00"]
)


def an_object(required=None, **optional):
    return st.fixed_dictionaries(required or {}, optional=optional)


AGENTS = st.one_of(
    an_object({"mbox": st.just("mailto:a.b@example.org")}, name=TEXTS, objectType=st.just("Agent")),
    an_object({"mbox_sha1sum": st.just("cd9b00a5611f94eaa7b1661edab976068e364975")}),
    an_object({"openid": IRIS}),
    an_object({"account": an_object({"homePage": IRIS, "name": TEXTS})}),
)
GROUP = st.just("Group")
GROUPS = st.one_of(
    an_object({"objectType": GROUP, "member": st.lists(AGENTS, min_size=1, max_size=2)}, name=TEXTS),
    an_object({"objectType": GROUP, "openid": IRIS}, member=st.lists(AGENTS, max_size=2)),
)
ACTORS = AGENTS | GROUPS
COMPONENTS = st.lists(
    an_object({"id": TEXTS}, description=MAPS), max_size=2, unique_by=lambda each: each["id"]
)
DEFINITIONS = st.one_of(
    an_object({}, name=MAPS, description=MAPS, type=IRIS, moreInfo=IRIS, extensions=EXTENSIONS),
    an_object(
        {"interactionType": st.sampled_from(INTERACTION_TYPES)},
        correctResponsesPattern=st.lists(TEXTS, max_size=2),
    ),
    an_object({"interactionType": st.just("choice"), "choices": COMPONENTS}),
    an_object({"interactionType": st.just("matching")}, source=COMPONENTS, target=COMPONENTS),
)
ACTIVITIES = an_object({"id": IRIS}, objectType=st.just("Activity"), definition=DEFINITIONS)
REFERENCES = an_object({"objectType": st.just("StatementRef"), "id": UUIDS})
SCORES = an_object(
    {}, scaled=st.floats(-1, 1), raw=st.integers(0, 5), min=st.integers(-5, 0), max=st.integers(5, 2**70)
)
RESULTS = an_object(
    {},
    score=SCORES,
    success=st.booleans(),
    completion=st.booleans(),
    response=TEXTS,
    duration=st.sampled_from(["P4W", "PT1.25S", "P1Y2M3DT4H"]),
    extensions=EXTENSIONS,
)
NEARBY = ACTIVITIES | st.lists(ACTIVITIES, max_size=2)
CONTEXTS = an_object(
    {},
    registration=UUIDS,
    instructor=ACTORS,
    team=GROUPS,
    contextActivities=an_object({}, parent=NEARBY, grouping=NEARBY, category=NEARBY, other=NEARBY),
    language=TAGS,
    statement=REFERENCES,
    extensions=EXTENSIONS,
)
ATTACHMENTS = an_object(
    {
        "usageType": IRIS,
        "display": MAPS,
        "contentType": st.just("text/plain"),
        "length": st.integers(0, 2**70),
        "sha2": st.just("ab" * 32),
    },
    description=MAPS,
    fileUrl=IRIS,
)
VERBS = an_object({"id": IRIS}, display=MAPS)
PARTS = {
    "result": RESULTS,
    "context": CONTEXTS,
    "timestamp": TIMES,
    "attachments": st.lists(ATTACHMENTS, max_size=1),
}
TYPED_AGENTS = AGENTS.map(lambda agent: {**agent, "objectType": "Agent"})
PLAIN_OBJECTS = ACTIVITIES | TYPED_AGENTS | GROUPS | REFERENCES
SUB_STATEMENTS = an_object(
    {"objectType": st.just("SubStatement"), "actor": ACTORS, "verb": VERBS, "object": PLAIN_OBJECTS}, **PARTS
)
STATEMENTS = an_object(
    {"actor": ACTORS, "verb": VERBS, "object": PLAIN_OBJECTS | SUB_STATEMENTS},
    id=UUIDS,
    stored=TIMES,
    version=st.just("1.0.3"),
    authority=AGENTS,
    **PARTS,
)
NAMES = [
    "id",
    "objectType",
    "mbox",
    "member",
    "revision",
    "contextAgents",
    "choices",
    "interactionType",
    "max",
    "x y",
]
WORDS = [
    "",
    "Agent",
    "Group",
    "activity",
    "a:b",
    "x",
    "P",
    "2023-02-29T00:00:00Z",
    VOIDED,
    "likert",
    "2.0.0",
    "1.0",
]
VALUES = JSON | st.sampled_from([*WORDS, {}, [], {"x": 1}, -1, 1.0, 2**70, {"id": "a:b"}])


def every_place(value, keys=()):
    places = [keys]
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in children:
        places.extend(every_place(inner, (*keys, key)))
    return places


@st.composite
def mutants(draw):
    root = [copy.deepcopy(draw(STATEMENTS))]
    *keys, last = draw(st.sampled_from(every_place(root)[1:]))
    parent = root
    for key in keys:
        parent = parent[key]
    change = draw(st.sampled_from(["replace", "remove", "add"]))
    value = draw(VALUES)
    if change == "add" and isinstance(parent[last], dict):
        parent[last][draw(st.sampled_from(NAMES))] = value
    elif change == "remove" and keys:
        del parent[last]
    else:
        parent[last] = value
    return root[0]


@RELAXED
@given(STATEMENTS, st.sampled_from(SERVED))
def test_both_validators_accept_valid_statements(statement, rules):
    assert readable_schema(StatementSchema, rules).validate(statement) == {}
    check_statement(statement, rules)


@RELAXED
@given(mutants(), st.sampled_from(SERVED))
def test_both_validators_agree_on_mutated_statements(statement, rules):
    explained = readable_schema(StatementSchema, rules).validate(statement)
    assert accepts(StatementSchema, rules, statement) == (not explained)


@RELAXED
@given(mutants())
def test_a_refusal_always_has_a_message_and_a_rule(statement):
    try:
        check_statement(statement, XAPI_1_0_3)
    except InvalidInputError as error:
        assert error.message and error.rule.startswith("xAPI")


def test_a_batch_names_the_index(make_statement):
    batch = [make_statement(), make_statement(), make_statement(), make_statement(actor={"mbox": "ada"})]
    check_statements(batch[:3], XAPI_1_0_3)
    with pytest.raises(InvalidInputError) as caught:
        check_statements(batch, XAPI_1_0_3)
    assert caught.value.path == "[3].actor.mbox"


def test_what_only_the_fast_validator_refuses_stays_refused(make_statement, monkeypatch):
    monkeypatch.setattr("schemas.structure.XapiSchema.load", lambda schema, data: data)
    with pytest.raises(InvalidInputError) as caught:
        check_statement(make_statement(verb={"id": 5}), XAPI_1_0_3, "[1]")
    assert caught.value.path == "[1].verb.id"


@pytest.mark.parametrize("agent", [{"mbox": "mailto:a@b.c"}, {"objectType": "Group", "openid": "a:b"}])
def test_an_agent_or_identified_group_is_an_agent_parameter(agent, rules):
    check_agent(agent, rules)


@pytest.mark.parametrize(
    ("agent", "inner"),
    [
        (None, ""),
        ({}, ""),
        ({"mbox": "x"}, ".mbox"),
        ({"objectType": "Group", "member": [{"mbox": "mailto:a@b.c"}]}, ""),
        ({"objectType": "Activity", "id": "a:b"}, ".objectType"),
    ],
)
def test_anything_else_is_refused_as_an_agent_parameter(agent, inner, rules):
    with pytest.raises(InvalidInputError) as named:
        check_agent(agent, rules, "agent")
    with pytest.raises(InvalidInputError) as bare:
        check_agent(agent, rules)
    assert (named.value.path, bare.value.path) == (f"agent{inner}", inner.removeprefix("."))
    assert named.value.code == "invalid_agent"


def test_the_json_schema_knows_context_agents_in_version_2_only():
    contexts = [json_schema(StatementSchema, rules)["$defs"]["Context"]["properties"] for rules in SERVED]
    assert ["contextAgents" in properties for properties in contexts] == [False, True]


def test_shared_valid_statements_are_accepted(shared_statements, is_valid):
    statements = shared_statements("valid_statements.json")
    assert [statement for statement in statements if not is_valid(statement)] == []


def test_shared_invalid_statements_are_refused(shared_statements, is_valid):
    statements = shared_statements("invalid_statements.json")
    assert [statement for statement in statements if is_valid(statement)] == []


def test_a_version_2_statement_is_accepted(make_statement):
    check_statement(make_statement(version="2.0.0", context={"contextAgents": []}), XAPI_2_0_0)
