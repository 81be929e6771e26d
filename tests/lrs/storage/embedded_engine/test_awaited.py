"""Whether anything may point at what is not stored yet: held a moment, heard by all before it is true."""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.stores import create_store
from lrs.config import Settings
from lrs.statements.storing import StatementWriter
from lrs.storage.database import StoreCollection
from lrs.storage.embedded_engine.awaited import HEARD_AFTER_S, HELD_S, AwaitedTargets
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.statements.documents import key_of
from lrs.storage.statements.read import StatementReads
from lrs.storage.statements.references import Reference
from schemas.versions import XAPI_1_0_3

STORES = 48
ROUNDS_S = 2 * HEARD_AFTER_S


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def awaited(database, store, clock):
    """What a process knows that has asked before."""
    known = AwaitedTargets(database, store.id, clock)
    assert known.may_be() is True  # nobody has noted it yet
    assert known.may_be() is False
    return known


@pytest.fixture
def make_reference(store, make_statement):
    def make(target):
        return Reference(key_of(store.id, make_statement()["id"]), key_of(store.id, target["id"]), voids=True)

    return make


@pytest.fixture
def insert(service, credential):
    return lambda *batch: service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)


def seconds(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def test_that_there_are_none_is_held_for_a_moment_only(awaited, clock, database, store, make_reference):
    other = AwaitedTargets(database, store.id)
    other.expect([make_reference({"id": "8c0d5c4a-7d2b-4c55-8a3c-0f4f5b8e0001"})])
    clock.now += HELD_S * 0.99
    assert awaited.may_be() is False
    clock.now += HELD_S * 0.02
    assert awaited.may_be() is True


def test_a_store_with_references_from_before_is_looked_through(database, store):
    database.collection("statement_references", store.id).insert_many(
        [{"source": b"a" * 28, "target": b"b" * 28, "voids": False}]
    )
    known = AwaitedTargets(database, store.id)
    assert [known.may_be(), known.may_be()] == [True, True]
    assert AwaitedTargets(database, store.id).may_be() is True


def test_stores_have_nothing_to_do_with_each_other(database, store, other_store, awaited):
    AwaitedTargets(database, other_store.id).expect([Reference(b"a" * 28, b"b" * 28, voids=False)])
    assert AwaitedTargets(database, other_store.id).may_be() is True
    assert AwaitedTargets(database, store.id).may_be() is False


def test_a_target_that_is_stored_or_comes_along_is_not_waited_for(
    database, store, awaited, insert, make_statement, make_reference
):
    stored, along = make_statement(), make_statement()
    insert(stored)
    references = [make_reference(stored), make_reference(along)]
    took = seconds(lambda: awaited.expect(references, {bytes(key_of(store.id, along["id"]))}))
    assert took < HEARD_AFTER_S
    assert AwaitedTargets(database, store.id).may_be() is False


def test_who_stores_a_reference_before_its_target_waits_once(database, store, make_statement, make_reference):
    known = AwaitedTargets(database, store.id)
    reference = make_reference(make_statement())
    assert seconds(lambda: known.expect([reference])) >= HEARD_AFTER_S
    assert seconds(lambda: known.expect([reference])) < HEARD_AFTER_S
    later = AwaitedTargets(database, store.id)
    assert seconds(lambda: later.expect([reference])) < HEARD_AFTER_S
    assert later.may_be() is True


def test_who_hears_of_it_from_another_waits_for_the_rest_too(database, store, make_statement, make_reference):
    first, second = AwaitedTargets(database, store.id), AwaitedTargets(database, store.id)
    reference = make_reference(make_statement())
    first.may_be()
    announced = threading.Thread(target=first.expect, args=([reference],))
    announced.start()
    states = database.collection("awaited_targets", store.id)
    while not states.find_one({"any": True}):
        time.sleep(0.001)
    assert second.may_be()
    assert seconds(lambda: second.expect([reference])) >= HEARD_AFTER_S * 0.9
    announced.join()


def test_nothing_is_looked_for_where_nothing_is_awaited(
    database, store, insert, make_statement, make_void, monkeypatch
):
    target = make_statement()
    insert(target)
    insert(make_void(target["id"]))
    asked = []
    find = StoreCollection.find

    def noted(self, condition, *arguments, **named):
        asked.append(self._collection.name)
        return find(self, condition, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(StoreCollection, "find", noted)
        insert(make_statement())
        insert(make_statement(), make_statement())
    assert "statement_references" not in asked


def test_a_void_committed_within_the_transaction_of_its_target_reaches_it(
    database, store, service, credential, insert, make_statement, make_void, monkeypatch
):
    other = StatementWriter(database, Settings(), service.clock)
    insert(make_statement())
    target = make_statement()
    voids = [json.dumps(make_void(target["id"])).encode()]
    landmarks = service.writer._landmarks
    count = landmarks.count

    def overtaken(*arguments):
        count(*arguments)
        if voids:
            other.store_statements(voids.pop(), credential, XAPI_1_0_3)

    monkeypatch.setattr(landmarks, "count", overtaken)
    insert(target, make_statement())
    assert voids == []
    reads = StatementReads(database, store.id, Landmarks(database))
    assert reads.find_statement(target["id"], voided=True, authority=None)


def test_a_void_and_its_target_stored_at_any_distance_find_each_other(
    database, service, make_statement, make_void
):
    """Each pair in a store of its own, where nothing was awaited, by two writers that hold that it is so."""
    other = StatementWriter(database, Settings(), service.clock)
    rng = random.Random(11)

    def meet(distance):
        store = create_store(f"awaited-{rng.getrandbits(64):x}")
        credential = check_credential(*create_credential(store, "test"))

        def insert(writer, *batch):
            writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)

        for writer in (service.writer, other, service.writer, other):
            insert(writer, make_statement())
        target = make_statement()
        batch = [target] if distance % 2 else [target, make_statement()]
        void = threading.Thread(target=insert, args=(other, make_void(target["id"])))
        void.start()
        insert(service.writer, make_statement())
        time.sleep(ROUNDS_S * distance / STORES)
        insert(service.writer, *batch)
        void.join()
        reads = StatementReads(database, store.id, Landmarks(database))
        return reads.find_statement(target["id"], voided=True, authority=None) is not None

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(meet, range(STORES))) == [True] * STORES
