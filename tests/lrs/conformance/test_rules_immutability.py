"""Rules 28 to 36 of docs/rules.md: ids, immutability, voiding and references."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

VERBS = "https://example.org/verbs/"


@pytest.fixture
def about(make_statement, refer):
    """Make a Statement about another."""
    return lambda target, **properties: make_statement(object=refer(target), **properties)


def test_rule_28_put_needs_an_id_that_agrees_and_post_answers_all_ids_in_order(
    either, make_statement, assert_refused
):
    statement = make_statement(id=None)
    name = str(uuid.uuid4())
    assert_refused(either.send("PUT", json=statement), 400)
    assert_refused(either.put({**statement, "id": str(uuid.uuid4())}, name), 400)
    assert either.put(statement, name).status_code == 204
    batch = [make_statement(), {**statement, "id": name}, make_statement()]
    assert either.store_batch(batch) == [item["id"] for item in batch]


def test_rule_29_an_equal_statement_is_accepted_and_a_different_one_refuses_its_batch(
    either, make_statement, assert_refused
):
    statement = make_statement()
    either.store(statement)
    before = either.one(statement["id"])
    assert either.put(statement, statement["id"]).status_code == 204
    assert either.post(statement).json() == [statement["id"]]
    other = {**statement, "verb": {"id": f"{VERBS}other"}}
    assert_refused(either.post([make_statement(), other]), 409)
    assert_refused(either.put(other, statement["id"]), 409)
    assert either.find() == [before]


BASE = {
    "actor": {"objectType": "Group", "member": [{"mbox": "mailto:a@e.org"}, {"mbox": "mailto:b@e.org"}]},
    "verb": {"id": f"{VERBS}read", "display": {"en": "read"}},
    "object": {"id": "https://example.org/x", "definition": {"name": {"en": "X"}}},
    "result": {"success": True, "score": {"raw": 1}},
    "context": {"registration": "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE", "platform": "p", "language": "en"},
    "timestamp": "2020-01-01T00:00:00Z",
}
EQUAL = {
    "authority": {"authority": {"mbox": "mailto:x@e.org"}, "stored": "2001-01-01T00:00:00Z"},
    "version": {"version": "1.0.1"},
    "definition": {"object": {"id": "https://example.org/x"}},
    "display": {"verb": {"id": f"{VERBS}read"}},
    "time zone": {"timestamp": "2020-01-01T05:30:00+05:30"},
    "member order": {"actor": {**BASE["actor"], "member": BASE["actor"]["member"][::-1]}},
    "case": {"context": {**BASE["context"], "registration": BASE["context"]["registration"].lower()}},
    "mail domain": {
        "actor": {**BASE["actor"], "member": [{"mbox": "mailto:a@E.org"}, {"mbox": "mailto:b@e.ORG"}]}
    },
    "number": {"result": {"success": True, "score": {"raw": 1.0}}},
}
DIFFERENT = {
    "actor": {"actor": {"mbox": "mailto:a@e.org"}},
    "member": {"actor": {**BASE["actor"], "member": BASE["actor"]["member"][:1]}},
    "local part": {
        "actor": {**BASE["actor"], "member": [{"mbox": "mailto:A@e.org"}, {"mbox": "mailto:b@e.org"}]}
    },
    "verb": {"verb": {"id": f"{VERBS}Read"}},
    "object": {"object": {"id": "https://example.org/X"}},
    "success": {"result": {"success": False, "score": {"raw": 1}}},
    "score": {"result": {"success": True, "score": {"raw": 2}}},
    "platform": {"context": {**BASE["context"], "platform": "P"}},
    "no result": {"result": None},
}


@pytest.mark.parametrize("change", EQUAL.values(), ids=EQUAL)
def test_rule_30_what_the_specification_ignores_makes_no_conflict(either, make_statement, change):
    statement = make_statement(**BASE)
    either.store(statement)
    assert either.post(make_statement(**{**statement, **change})).status_code == 200


@pytest.mark.parametrize("change", DIFFERENT.values(), ids=DIFFERENT)
def test_rule_30_all_else_makes_a_conflict(either, make_statement, assert_refused, change):
    statement = make_statement(**BASE)
    either.store(statement)
    assert_refused(either.post(make_statement(**{**statement, **change})), 409)


def test_rule_31_of_concurrent_writers_of_one_id_exactly_one_wins(make_lrs, make_statement):
    name = str(uuid.uuid4())
    writers = [make_lrs() for _ in range(8)]

    def write(number):
        statement = make_statement(id=name, verb={"id": f"{VERBS}{number}"})
        return writers[number].put(statement, name).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [204] + [409] * 7


@pytest.mark.parametrize(
    "target", [{"id": "https://example.org/x"}, {"mbox": "mailto:a@e.org", "objectType": "Agent"}]
)
def test_rule_32_a_void_refers_to_a_statement(either, make_void, assert_refused, target):
    assert_refused(either.post({**make_void(str(uuid.uuid4())), "object": target}), 400)


def test_rule_33_a_void_of_an_unknown_target_takes_effect_when_it_comes(either, make_statement, make_void):
    target = make_statement()
    either.store(make_void(target["id"]))
    either.store(target)
    assert either.state(target["id"]) == (404, 200)


@pytest.mark.parametrize("voids_first", [True, False])
def test_rule_34_a_voiding_statement_cannot_be_voided(either, make_statement, make_void, voids_first):
    target = make_statement()
    void = make_void(target["id"])
    second = make_void(void["id"])
    either.store(*([second, void, target] if voids_first else [target, void, second]))
    assert either.state(target["id"]) == (404, 200)
    assert either.state(void["id"]) == (200, 404)


def test_rule_35_a_voided_statement_is_found_by_its_own_parameter_alone(either, make_statement, make_void):
    target, other = make_statement(), make_statement()
    void = make_void(target["id"])
    either.store(target, other, void)
    assert either.ids() == [void["id"], other["id"]]
    assert either.state(target["id"]) == (404, 200)
    assert either.state(other["id"]) == (200, 404)


@pytest.mark.parametrize("backwards", [True, False])
def test_rule_36_filters_match_through_references_whatever_came_first(
    either, make_statement, make_void, about, backwards
):
    target = make_statement(verb={"id": f"{VERBS}first"})
    near = about(target["id"])
    far = about(near["id"])
    order = [far, near, make_void(target["id"]), target]
    either.store(*(order if backwards else order[::-1]))
    found = either.ids(verb=f"{VERBS}first")
    assert {near["id"], far["id"]} <= set(found)
    assert target["id"] not in found
    assert len(either.get(verb=f"{VERBS}first", limit=1).json()["statements"]) == 1
    since = either.one(near["id"])["stored"]
    assert set(either.ids(verb=f"{VERBS}first", until=since)) <= set(found)
