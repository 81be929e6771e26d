"""Many clients at once against several worker processes: nothing lost, nothing twice, nothing half."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas.timestamps import parse_timestamp

VERB = "https://example.org/verbs/"
THROUGH = "X-Experience-API-Consistent-Through"
CLIENTS = 64


@pytest.fixture
def at_once(make_lrs):
    """Run one action for each argument, all starting together, each with a connection of its own."""

    def run(action, arguments):
        handles = [make_lrs() for _ in arguments]
        start = threading.Barrier(len(handles))

        def go(handle, argument):
            handle.ids(limit=1)
            start.wait(30)
            return action(handle, argument)

        with ThreadPoolExecutor(len(handles)) as pool:
            return list(pool.map(go, handles, arguments))

    return run


def post(handle, payload):
    return handle.post(payload).status_code


def put(handle, statement):
    return handle.put(statement, statement["id"]).status_code


@pytest.mark.parametrize(("write", "won"), [(post, 200), (put, 204)])
def test_one_of_many_different_statements_with_one_id_is_stored(lrs, at_once, make_statement, write, won):
    first = make_statement()
    rivals = [{**first, "object": {"id": f"https://example.org/nuggets/{n}"}} for n in range(CLIENTS)]
    statuses = at_once(write, rivals)
    assert Counter(statuses) == {won: 1, 409: CLIENTS - 1}
    [kept] = lrs.find()
    assert kept["object"] == rivals[statuses.index(won)]["object"]


@pytest.mark.parametrize(("write", "won"), [(post, 200), (put, 204)])
def test_many_equal_statements_with_one_id_are_all_accepted_and_stored_once(
    lrs, at_once, make_statement, write, won
):
    statement = make_statement()
    assert at_once(write, [statement] * CLIENTS) == [won] * CLIENTS
    assert lrs.ids().count(statement["id"]) == 1


@pytest.mark.parametrize("turn", range(3))
def test_batches_that_share_statements_are_all_accepted_and_stored_once(lrs, at_once, statements, turn):
    pool = statements(20)
    chance = random.Random(turn)
    batches = [chance.sample(pool, 12) for _ in range(8)]
    assert at_once(post, batches) == [200] * 8
    sent = {statement["id"] for batch in batches for statement in batch}
    assert sorted(lrs.ids()) == sorted(sent)


@pytest.mark.parametrize("turn", range(3))
def test_of_batches_in_conflict_each_is_stored_whole_or_not_at_all(lrs, at_once, statements, turn):
    shared = statements(1)[0]
    batches = []
    for number in range(8):
        own = statements(5)
        own.insert(number % 5, {**shared, "verb": {"id": f"{VERB}{number}"}})
        batches.append(own)
    statuses = at_once(post, batches)
    assert Counter(statuses) == {200: 1, 409: 7}
    winner = batches[statuses.index(200)]
    assert sorted(lrs.ids()) == sorted(statement["id"] for statement in winner)


@pytest.mark.parametrize("together", [False, True], ids=["single", "batch"])
def test_a_void_and_its_target_at_the_same_instant_leave_it_voided(
    lrs, at_once, make_statement, make_void, statements, together
):
    targets = [make_statement() for _ in range(8)]
    voids = [make_void(target["id"]) for target in targets]
    around = statements(2) if together else []
    payloads = [
        [*around[:n], item] for pair in zip(targets, voids, strict=True) for n, item in enumerate(pair)
    ]
    assert at_once(post, payloads) == [200] * 16
    assert [lrs.state(target["id"]) for target in targets] == [(404, 200)] * 8
    assert not {target["id"] for target in targets} & set(lrs.ids())


@pytest.mark.parametrize("turn", range(3))
def test_the_links_of_a_chain_stored_at_the_same_instant_are_all_found(
    lrs, at_once, make_statement, refer, turn
):
    chain = [make_statement(verb={"id": f"{VERB}0"})]
    for number in range(1, 6):
        chain.append(make_statement(verb={"id": f"{VERB}{number}"}, object=refer(chain[-1]["id"])))
    assert at_once(post, random.Random(turn).sample(chain, len(chain))) == [200] * 6
    for number in range(6):
        found = lrs.ids(verb=f"{VERB}{number}")
        assert sorted(found) == sorted(statement["id"] for statement in chain[number:])


def test_definitions_sent_at_once_are_all_merged(lrs, at_once, make_statement):
    names = [{f"x-lang{number}": str(number)} for number in range(8)]
    activity = "https://example.org/nuggets/everybody"
    batch = [make_statement(object={"id": activity, "definition": {"name": name}}) for name in names]
    assert at_once(post, batch) == [200] * 8
    shown = {}
    for number in range(8):
        answer = lrs.send(
            "GET",
            params={"statementId": batch[0]["id"], "format": "canonical"},
            headers={"Accept-Language": f"x-lang{number}"},
        )
        shown |= answer.json()["object"]["definition"]["name"]
    assert shown == {key: value for name in names for key, value in name.items()}


@pytest.fixture
def writing(make_lrs, statements):
    """Writers in the background: each posts batches and single Statements; `join` gives all ids stored."""

    def write(handle, turns):
        stored = []
        for size in [1, 7, 1, 3] * turns:
            stored += handle.store_batch(statements(size))
        return stored

    with ThreadPoolExecutor(4) as pool:
        yield lambda turns: [pool.submit(write, make_lrs(), turns) for _ in range(4)]


@pytest.mark.parametrize(
    "order", [{"limit": 17}, {"limit": 23, "ascending": "true"}], ids=["newest", "oldest"]
)
def test_paging_while_others_write_sees_each_statement_exactly_once(lrs, statements, writing, order):
    there = set(lrs.store_batch(statements(120)))
    lrs.settle()
    running = writing(8)
    for _ in range(3):
        seen = Counter(lrs.ids(**order))
        assert max(seen.values()) == 1
        assert there <= set(seen)
    stored = [name for future in running for name in future.result()]
    lrs.settle()
    assert Counter(lrs.ids(**order)) == Counter([*there, *stored])


def test_batches_with_one_bad_statement_under_load_leave_nothing(lrs, statements, writing):
    running = writing(6)
    chance, refused = random.Random(1), set()
    for _ in range(12):
        batch = statements(9)
        chance.choice(batch)["verb"] = {"id": "no IRI"}
        assert lrs.post(batch).status_code == 400
        refused |= {statement["id"] for statement in batch}
    stored = [name for future in running for name in future.result()]
    assert sorted(lrs.ids()) == sorted(stored)
    assert not refused & set(stored)


def poll(handle, cursor):
    """Return what was stored after the cursor, and the next cursor: how a client follows a store."""
    found = handle.find(since=cursor, ascending="true", limit=50)
    return [statement["id"] for statement in found], found[-1]["stored"] if found else cursor


def test_a_poller_up_to_consistent_through_misses_nothing_and_sees_nothing_twice(lrs, writing):
    running = writing(10)
    seen, cursor = [], "2020-01-01T00:00:00Z"
    while not all(future.done() for future in running):
        found, cursor = poll(lrs, cursor)
        seen += found
    lrs.settle()
    seen += poll(lrs, cursor)[0]
    wanted = [name for future in running for name in future.result()]
    assert sorted(seen) == sorted(wanted)
    order = [parse_timestamp(statement["stored"]) for statement in lrs.find(ascending="true")]
    assert order == sorted(order)


def test_what_consistent_through_promises_is_visible(lrs, writing):
    running = writing(6)
    promised = []
    while not all(future.done() for future in running):
        answer = lrs.get(limit=1)
        through = answer.headers[THROUGH]
        promised.append((through, set(lrs.ids(until=through))))
    assert [through for through, _ in promised] == sorted(through for through, _ in promised)
    for through, then in promised[:: max(1, len(promised) // 10)]:
        assert set(lrs.ids(until=through)) == then
