"""StatementRefs and their targets find each other, whichever is stored first, by whatever process."""

import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.stores import create_store
from lrs.config import Settings
from lrs.statements.storing import StatementWriter
from lrs.storage.database import StoreCollection
from lrs.storage.statement_documents import key_of
from lrs.storage.statements.read import StatementReads
from schemas.versions import XAPI_1_0_3

STORES = 48
ROUNDS_S = 0.3


@pytest.fixture
def insert(service, credential):
    return lambda *batch: service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)


@pytest.fixture
def reads(database, store):
    return StatementReads(database, store.id)


@pytest.fixture
def is_voided(reads):
    return lambda statement: reads.find_statement(statement["id"], voided=True, credential=None) is not None


@pytest.fixture
def reserved(database, store):
    return lambda: database.collection("statements", store.id).count({"reserved": True})


@pytest.fixture
def asked(monkeypatch):
    """Note which collections are read."""
    names, find = [], StoreCollection.find

    def noted(self, condition, *arguments, **named):
        names.append(self._collection.name)
        return find(self, condition, *arguments, **named)

    monkeypatch.setattr(StoreCollection, "find", noted)
    return names


def test_nothing_is_looked_for_where_nothing_is_awaited(insert, asked, make_statement, make_void):
    target = make_statement()
    insert(target)
    insert(make_void(target["id"]))
    asked.clear()
    insert(make_statement())
    insert(make_statement(), make_statement())
    assert asked == []


def test_a_reserved_place_is_no_statement(insert, reads, reserved, make_statement, make_void):
    target = make_statement()
    insert(make_void(target["id"]))
    assert reserved() == 1
    assert reads.count() == 1
    states = [reads.find_statement(target["id"], voided=voided, credential=None) for voided in (True, False)]
    assert states == [None, None]


def test_a_place_is_reserved_once_and_free_once_its_statement_is_stored(
    insert, reads, reserved, is_voided, make_statement, make_void
):
    first, second = make_statement(), make_statement()
    insert(make_void(first["id"]), make_void(second["id"]))
    insert(make_void(first["id"]))
    assert reserved() == 2
    insert(first)
    insert(make_statement(), second)
    assert reserved() == 0
    assert is_voided(first) and is_voided(second)
    assert reads.count() == 6


def test_a_target_that_is_stored_or_comes_along_needs_no_place(insert, reserved, make_statement, make_void):
    stored, along = make_statement(), make_statement()
    insert(stored)
    insert(make_void(stored["id"]), along, make_void(along["id"]))
    assert reserved() == 0


def test_stores_have_nothing_to_do_with_each_other(
    database, other_store, service, insert, is_voided, make_statement, make_void
):
    target = make_statement()
    other = check_credential(database, *create_credential(database, other_store, "test"))
    void = json.dumps(make_void(target["id"])).encode()
    service.writer.store_statements(void, other, XAPI_1_0_3)
    insert(target)
    assert not is_voided(target)
    key = key_of(other_store.id, target["id"])
    assert database.collection("statements", other_store.id).count({"_id": key, "reserved": True}) == 1


def test_an_awaited_one_sent_by_many_at_once_is_stored_once_and_linked(
    insert, reads, is_voided, make_statement, make_void
):
    for _ in range(5):
        target = make_statement()
        insert(make_void(target["id"]))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _, one=target: insert(one), range(8)))
        assert answers == [[target["id"]]] * 8
        assert is_voided(target)
    assert reads.count() == 10


def test_many_that_point_at_one_that_is_not_stored_are_all_stored(
    insert, reads, reserved, make_statement, make_void
):
    target = make_statement()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: insert(make_void(target["id"])), range(8)))
    assert reads.count() == 8
    assert reserved() == 1


def test_a_void_committed_within_the_transaction_of_its_target_reaches_it(
    database, service, credential, insert, is_voided, make_statement, make_void, monkeypatch
):
    other = StatementWriter(database, Settings(), service.clock)
    insert(make_statement())
    target = make_statement()
    body = json.dumps(make_void(target["id"])).encode()
    engine, threads = database.engine, []
    note = engine.note_stored

    def overtaken(*arguments):
        note(*arguments)
        if not threads:
            threads.append(
                threading.Thread(target=other.store_statements, args=(body, credential, XAPI_1_0_3))
            )
            threads[0].start()
            threads[0].join(0.2)  # it may have to wait until this transaction is over

    monkeypatch.setattr(engine, "note_stored", overtaken)
    insert(target, make_statement())
    threads[0].join()
    assert is_voided(target)


def test_a_void_and_its_target_stored_at_any_distance_find_each_other(
    database, service, make_statement, make_void
):
    """Each pair in a store of its own, by two writers."""
    other = StatementWriter(database, Settings(), service.clock)

    def meet(distance):
        store = create_store(database, f"awaited-{uuid.uuid4().hex}")
        credential = check_credential(database, *create_credential(database, store, "test"))

        def insert(writer, *batch):
            writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)

        for writer in (service.writer, other, service.writer, other):
            insert(writer, make_statement())
        target = make_statement()
        batch = [target] if distance % 2 else [target, make_statement()]
        void = threading.Thread(target=insert, args=(other, make_void(target["id"])))
        void.start()
        time.sleep(ROUNDS_S * (distance // 4) / STORES)
        insert(service.writer, *batch)
        void.join()
        reads = StatementReads(database, store.id)
        return reads.find_statement(target["id"], voided=True, credential=None) is not None

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(meet, range(STORES))) == [True] * STORES
