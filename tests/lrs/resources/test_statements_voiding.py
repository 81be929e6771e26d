"""Voiding and StatementRefs, in whichever order the Statements come (xAPI 1.0.3 Data 2.3.2, 2.4.4.3)."""

import itertools
import json
import random

import pytest

ADA, BOB = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bob@example.org"}
VOIDED, PRESENT, ABSENT = (404, 200), (200, 404), (404, 404)
VERB = "https://example.org/verbs/"


@pytest.mark.parametrize("late", [False, True], ids=["target first", "target later"])
@pytest.mark.parametrize("together", [False, True], ids=["apart", "one batch"])
def test_a_voided_statement_is_hidden_and_its_voider_is_not(lrs, make_statement, make_void, late, together):
    target = make_statement()
    void = make_void(target["id"])
    order = [void, target] if late else [target, void]
    store = lrs.store_batch if together else lambda batch: lrs.store(*batch)
    store(order)
    assert lrs.state(target["id"]) == VOIDED
    assert lrs.state(void["id"]) == PRESENT
    assert lrs.ids() == [void["id"]]


def test_a_voided_statement_is_absent_from_every_list(lrs, make_statement, make_void):
    target = make_statement(context={"registration": "e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52bb"})
    lrs.store(target)
    stored = lrs.one(target["id"])["stored"]
    lrs.store(make_void(target["id"], actor=BOB))
    lrs.settle()
    for query in ({"until": stored}, {"until": stored, "ascending": "true"}, {"limit": 500, "until": stored}):
        assert lrs.ids(**query) == []


def test_the_id_of_a_voided_statement_stays_taken(lrs, make_statement, make_void, assert_refused):
    target = make_statement()
    lrs.store(target, make_void(target["id"]))
    assert lrs.post(target).status_code == 200
    assert_refused(lrs.post({**target, "verb": {"id": f"{VERB}other"}}), 409)
    assert lrs.state(target["id"]) == VOIDED


def test_a_void_of_an_unknown_statement_is_accepted(lrs, make_void):
    missing = "b6a7e1de-4c1f-4a0f-8d7e-2c2a3c1c7d11"
    [name] = lrs.store(make_void(missing))
    assert lrs.state(name) == PRESENT
    assert lrs.state(missing) == ABSENT


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_voiding_statement_cannot_be_voided(lrs, make_statement, make_void, order):
    target = make_statement()
    void = make_void(target["id"])
    chain = [target, void, make_void(void["id"])]
    lrs.store(*(chain[position] for position in order))
    assert [lrs.state(statement["id"]) for statement in chain] == [VOIDED, PRESENT, PRESENT]


def test_voiding_twice_is_the_same_as_once(lrs, make_statement, make_void):
    target = make_statement()
    lrs.store(target, make_void(target["id"]), make_void(target["id"].upper()))
    assert lrs.state(target["id"]) == VOIDED
    assert len(lrs.ids()) == 2


def test_a_void_in_another_store_does_nothing_here(lrs, make_lrs, other_store, make_statement, make_void):
    target = make_statement()
    lrs.store(target)
    make_lrs(of=other_store).store(make_void(target["id"]))
    assert lrs.state(target["id"]) == PRESENT


def test_voided_without_a_statement_ref_is_refused(lrs, make_statement, make_void, assert_refused):
    statement = {
        **make_void("b6a7e1de-4c1f-4a0f-8d7e-2c2a3c1c7d11"),
        "object": {"id": "https://example.org/x"},
    }
    assert assert_refused(lrs.post(statement), 400)["path"] == "object"


@pytest.fixture
def chain(make_statement, refer):
    """first <- second <- third: each refers to the one before, each with a verb and an actor of its own."""
    first = make_statement(
        actor=ADA, verb={"id": f"{VERB}first"}, object={"id": "https://example.org/nuggets/7"}
    )
    second = make_statement(actor=BOB, verb={"id": f"{VERB}second"}, object=refer(first["id"]))
    third = make_statement(
        actor={"mbox": "mailto:eve@example.org"}, verb={"id": f"{VERB}third"}, object=refer(second["id"])
    )
    return [first, second, third]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_reference_is_found_by_what_its_chain_says_in_any_order(lrs, chain, order):
    lrs.store(*(chain[position] for position in order))
    ids = [statement["id"] for statement in chain]
    assert sorted(lrs.ids(verb=f"{VERB}first")) == sorted(ids)
    assert sorted(lrs.ids(agent=json.dumps(ADA))) == sorted(ids)
    assert sorted(lrs.ids(activity="https://example.org/nuggets/7")) == sorted(ids)
    assert sorted(lrs.ids(agent=json.dumps(BOB))) == sorted(ids[1:])
    assert lrs.ids(verb=f"{VERB}third") == ids[2:]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
def test_all_filters_must_be_met_by_one_statement_of_the_chain(lrs, chain, order):
    lrs.store(*(chain[position] for position in order))
    assert lrs.ids(verb=f"{VERB}second", agent=json.dumps(ADA)) == []
    assert lrs.ids(verb=f"{VERB}third", activity="https://example.org/nuggets/7") == []
    both = lrs.ids(verb=f"{VERB}first", agent=json.dumps(ADA))
    assert sorted(both) == sorted(statement["id"] for statement in chain)


def test_a_chain_in_one_batch_is_linked(lrs, chain):
    lrs.store_batch(chain[::-1])
    assert len(lrs.ids(verb=f"{VERB}first")) == 3


def test_the_target_counts_also_when_it_is_voided(lrs, make_statement, make_void, refer):
    target = make_statement(verb={"id": f"{VERB}first"})
    pointer = make_statement(verb={"id": f"{VERB}second"}, object=refer(target["id"]))
    void = make_void(target["id"])
    lrs.store(target, pointer, void)
    assert lrs.ids(verb=f"{VERB}first") == [void["id"], pointer["id"]]


def test_limit_and_since_are_judged_on_the_referring_statement(lrs, chain):
    lrs.store(*chain)
    first, second, third = (lrs.one(statement["id"]) for statement in chain)
    assert lrs.ids(verb=f"{VERB}first", since=first["stored"]) == [third["id"], second["id"]]
    assert [len(page["statements"]) for page in lrs.pages(verb=f"{VERB}first", limit=2)] == [2, 1]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_circle_of_references_is_found_by_each_of_its_verbs(lrs, chain, refer, order):
    chain[0]["object"] = refer(chain[2]["id"])
    lrs.store(*(chain[position] for position in order))
    for name in ("first", "second", "third"):
        assert len(lrs.ids(verb=f"{VERB}{name}")) == 3


def test_a_statement_may_refer_to_itself(lrs, make_statement, refer):
    statement = make_statement()
    statement["object"] = refer(statement["id"])
    assert lrs.store(statement) == [statement["id"]]
    assert lrs.ids(verb=statement["verb"]["id"]) == [statement["id"]]


def test_an_id_in_capitals_refers_to_the_same_statement(lrs, make_statement, refer):
    target = make_statement(verb={"id": f"{VERB}first"})
    pointer = make_statement(verb={"id": f"{VERB}second"}, object=refer(target["id"].upper()))
    lrs.store(target, pointer)
    assert len(lrs.ids(verb=f"{VERB}first")) == 2


@pytest.mark.parametrize("seed", range(4))
def test_random_references_and_voids_give_the_same_answers_in_any_order(
    lrs, make_lrs, other_store, make_statement, make_void, refer, seed
):
    chance = random.Random(seed)
    batch = []
    for number in range(14):
        verb = {"id": f"{VERB}{number % 4}"}
        earlier = chance.choice(batch)["id"] if batch else None
        kind = chance.choice(["plain", "refer", "refer", "void"]) if earlier else "plain"
        made = {"plain": {}, "refer": {"object": refer(earlier)}, "void": {}}[kind]
        batch.append(make_void(earlier) if kind == "void" else make_statement(verb=verb, **made))
    shuffled = chance.sample(batch, len(batch))
    elsewhere = make_lrs(of=other_store)
    lrs.store(*batch)
    elsewhere.store(*shuffled)
    for verb in (f"{VERB}{number}" for number in range(4)):
        assert sorted(lrs.ids(verb=verb)) == sorted(elsewhere.ids(verb=verb))
    for statement in batch:
        assert lrs.state(statement["id"]) == elsewhere.state(statement["id"])


def test_a_credential_that_reads_its_own_finds_nothing_by_the_chain_of_others(lrs, make_lrs, chain):
    own = make_lrs("statements/write", "statements/read/mine")
    lrs.store(chain[0])
    own.store(chain[1])
    assert own.ids(verb=f"{VERB}first") == []
    assert own.ids(verb=f"{VERB}second") == [chain[1]["id"]]
