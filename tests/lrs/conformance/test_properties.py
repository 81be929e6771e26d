"""What holds for every Statement: accepted if valid, read back as sent, compared as the specification says."""

import copy
import json
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.statements.fingerprint import fingerprint
from schemas.compiled import accepts
from schemas.errors import InvalidInputError
from schemas.json_text import split_object
from schemas.queries import StatementQuery
from schemas.statements import StatementSchema
from schemas.timestamps import in_utc
from schemas.versions import SERVED

FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
TEXTS = st.text(max_size=6)
IRIS = st.sampled_from(["https://example.org/ü", "uuid://x", "course-v1:FUN+1", "a:b"])
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)
MAPS = st.dictionaries(st.sampled_from(["en", "ca", "und"]), TEXTS, max_size=2)
MAIL = st.sampled_from(["ada", "bob", "eve"]).map(lambda name: {"mbox": f"mailto:{name}@example.org"})
AGENTS = MAIL | st.builds(lambda home, name: {"account": {"homePage": home, "name": name}}, IRIS, TEXTS)
GROUPS = st.builds(
    lambda members: {"objectType": "Group", "member": members}, st.lists(AGENTS, min_size=1, max_size=3)
)
TIMES = st.sampled_from(["2020-02-29T23:59:59.1234567Z", "2020-01-01T00:00:00+05:30", "2016-12-31T23:59:60Z"])
ACTIVITIES = st.fixed_dictionaries(
    {"id": IRIS},
    optional={"definition": st.fixed_dictionaries({}, optional={"name": MAPS, "description": MAPS})},
)
EXTENSIONS = st.dictionaries(IRIS, JSON, max_size=2)
RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "success": st.booleans(),
        "response": TEXTS,
        "score": st.fixed_dictionaries({}, optional={"raw": NUMBERS, "scaled": st.floats(-1, 1)}),
        "duration": st.sampled_from(["P4W", "PT1.25S", "PT0.1S"]),
        "extensions": EXTENSIONS,
    },
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "registration": st.uuids(version=4).map(str),
        "instructor": AGENTS,
        "contextActivities": st.dictionaries(
            st.sampled_from(["parent", "other"]), ACTIVITIES | st.lists(ACTIVITIES, max_size=2), max_size=2
        ),
        "extensions": EXTENSIONS,
    },
)
PARTS = {
    "actor": AGENTS | GROUPS,
    "verb": st.fixed_dictionaries({"id": IRIS}, optional={"display": MAPS}),
}
EXTRAS = {"result": RESULTS, "context": CONTEXTS, "timestamp": TIMES}
SUB_STATEMENTS = st.fixed_dictionaries(
    {"objectType": st.just("SubStatement"), "object": ACTIVITIES, **PARTS}, optional=EXTRAS
)
STATEMENTS = st.fixed_dictionaries({**PARTS, "object": ACTIVITIES | SUB_STATEMENTS}, optional=EXTRAS)
TEXT_FORMS = st.fixed_dictionaries(
    {"indent": st.sampled_from([None, 0, 2, "\t"]), "ensure_ascii": st.booleans()}
)
DAMAGE = st.sampled_from([None, "x", 1, [], {}, {"id": "a:b"}, {"mbox": "mailto:x@y.org"}, True])


@pytest.fixture
def store_text(service, credential):
    """Store a text under the rules of a version; give the text as it is kept."""

    def store(text, rules):
        (name,) = service.writer.store_statements(text, credential, rules)
        query = StatementQuery(statement_id=name)
        page = service.reader.find_statement(query, credential, lambda languages: languages[0])
        return page.texts[0]

    return store


@st.composite
def damaged(draw):
    """A Statement in which one value was replaced, removed or added; often no longer valid."""
    statement = copy.deepcopy(draw(STATEMENTS))
    place = statement
    for _ in range(draw(st.integers(0, 3))):
        inner = [value for value in place.values() if isinstance(value, dict)]
        place = draw(st.sampled_from(inner)) if inner else place
    key = draw(st.sampled_from([*sorted(place), "id", "objectType", "name", "more"]))
    change = draw(st.sampled_from(["replace", "remove"]))
    place[key] = draw(DAMAGE)
    removed = place.pop(key) if change == "remove" else None
    return statement, removed


@FEW
@given(damage=damaged(), rules=st.sampled_from(SERVED))
def test_a_statement_is_accepted_if_and_only_if_it_is_valid(store_text, damage, rules):
    statement = damage[0]
    valid = accepts(StatementSchema, rules, statement)
    try:
        store_text(json.dumps(statement).encode(), rules)
        stored = True
    except InvalidInputError:
        stored = False
    assert stored == valid


def expected_values(statement, text, rules):
    """Return the texts that must come back: each as sent, but for what has one form when it is returned."""
    values = split_object(text)
    groups = statement.get("context", {}).get("contextActivities", {})
    inner = statement["object"].get("context", {}).get("contextActivities", {})
    single = [not isinstance(group, list) for group in (*groups.values(), *inner.values())]
    moved = rules.converts_timestamps_to_utc and "objectType" in statement["object"]
    dropped = {"context", "object"} if any(single) else {"object"} if moved else set()
    if rules.converts_timestamps_to_utc and "timestamp" in statement:
        values["timestamp"] = json.dumps(in_utc(statement["timestamp"])).encode()
    return {key: value for key, value in values.items() if key not in dropped}


@FEW
@given(statement=STATEMENTS, form=TEXT_FORMS, rules=st.sampled_from(SERVED))
def test_what_is_read_back_is_what_was_sent_to_the_byte(store_text, statement, form, rules):
    text = json.dumps(statement, **form).encode()
    kept = split_object(store_text(text, rules))
    expected = expected_values(statement, text, rules)
    assert {key: kept[key] for key in expected} == expected
    assert set(kept) == {*statement, "id", "stored", "timestamp", "version", "authority"}


def reordered(value):
    """Turn the keys of every object round."""
    if isinstance(value, dict):
        return {key: reordered(inner) for key, inner in reversed(value.items())}
    return [reordered(inner) for inner in value] if isinstance(value, list) else value


def as_lists(groups):
    return {key: group if isinstance(group, list) else [group] for key, group in groups.items()}


IGNORED = {
    "set by the LRS": lambda one: {
        **one,
        "id": str(uuid.uuid4()),
        "stored": "2001-01-01T00:00:00Z",
        "timestamp": "2001-01-01T00:00:00Z",
        "version": "1.0.1",
        "authority": {"mbox": "mailto:other@example.org"},
    },
    "display": lambda one: {**one, "verb": {**one["verb"], "display": {"de": "anders"}}},
    "order of keys": reordered,
    "order of members": lambda one: {
        **one,
        "actor": {
            key: list(reversed(value)) if key == "member" else value for key, value in one["actor"].items()
        },
    },
    "case": lambda one: json.loads(json.dumps(one).replace("@example.org", "@EXAMPLE.org")),
    "lists": lambda one: {
        **one,
        "context": {
            key: as_lists(value) if key == "contextActivities" else value
            for key, value in one.get("context", {}).items()
        },
    },
    "spelling of numbers": lambda one: json.loads(json.dumps(one), parse_float=float),
}


@MANY
@given(statement=STATEMENTS, change=st.sampled_from(sorted(IGNORED)))
def test_the_fingerprint_is_stable_under_what_the_specification_ignores(statement, change):
    statement = {"context": {}, **statement}
    assert fingerprint(IGNORED[change](statement)) == fingerprint(statement)


@MANY
@given(statement=STATEMENTS, definition=st.none() | st.just({"name": {"en": "other"}}))
def test_the_fingerprint_ignores_definitions(statement, definition):
    target = {**statement["object"], "definition": definition}
    activity = {key: value for key, value in target.items() if value is not None}
    changed = statement if "objectType" in target else {**statement, "object": activity}
    assert fingerprint(changed) == fingerprint(statement)


COUNTED = {
    "actor": lambda one: {**one, "actor": {"openid": "https://example.org/nobody"}},
    "name of the actor": lambda one: {**one, "actor": {**one["actor"], "name": "a new name"}},
    "verb": lambda one: {**one, "verb": {**one["verb"], "id": one["verb"]["id"] + "x"}},
    "object": lambda one: {**one, "object": {"id": "https://example.org/else"}},
    "result": lambda one: {**one, "result": {**one.get("result", {}), "response": "longer than six"}},
    "context": lambda one: {**one, "context": {**one.get("context", {}), "platform": "another"}},
    "extension": lambda one: {
        **one,
        "context": {**one.get("context", {}), "extensions": {"https://example.org/new": 1}},
    },
}


@MANY
@given(statement=STATEMENTS, change=st.sampled_from(sorted(COUNTED)))
def test_the_fingerprint_changes_with_all_else(statement, change):
    assert fingerprint(COUNTED[change](statement)) != fingerprint(statement)
