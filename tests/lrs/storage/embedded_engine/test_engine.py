"""What the embedded server cannot hold is refused, or waits until it is alone."""

import os
import threading

import pytest
from bson import Binary

from lrs.errors import PayloadTooLargeError
from lrs.storage.embedded_engine.budget import BUDGET_BYTES
from lrs.storage.embedded_engine.engine import EmbeddedEngine
from lrs.storage.transactions import WriteSize

LIGHT, ALONE, TOO_HEAVY = WriteSize(1, 10), WriteSize(1, BUDGET_BYTES), WriteSize(1, 10, 1_000_000)


@pytest.fixture
def engine(database):
    return EmbeddedEngine(database)


def test_the_server_is_known_by_what_it_says_of_itself():
    assert EmbeddedEngine.recognises({"version": "8.2.11", "secantusVersion": "0.5"})
    assert not EmbeddedEngine.recognises({"version": "8.2.11"})


def test_one_too_heavy_is_refused_before_anything_is_written(engine):
    with pytest.raises(PayloadTooLargeError, match=r"send smaller batches, or import .*learnerprise import"):
        engine.transaction(TOO_HEAVY, lambda session: pytest.fail("it was begun"))


def test_one_beyond_the_budget_waits_until_nothing_else_is_open(engine):
    order, begun, go = [], threading.Event(), threading.Event()

    def hold(session):
        begun.set()
        assert go.wait(30)
        order.append("light")

    first = threading.Thread(target=engine.transaction, args=(LIGHT, hold))
    first.start()
    assert begun.wait(30)
    second = threading.Thread(target=engine.transaction, args=(ALONE, lambda session: order.append("alone")))
    second.start()
    third = threading.Thread(target=engine.transaction, args=(LIGHT, lambda session: order.append("last")))
    while len(engine._budget._queue) < 1:
        second.join(0.001)
    third.start()
    while len(engine._budget._queue) < 2:
        third.join(0.001)
    assert order == []
    go.set()
    for thread in (first, second, third):
        thread.join(30)
    assert order == ["light", "alone", "last"]


@pytest.mark.skipif("MONGODB_URI" in os.environ, reason="MongoDB itself holds more")
def test_what_is_too_large_for_one_transaction_is_refused_and_leaves_nothing(engine, database, store):
    rows = database.collection("large_things", store.id)
    texts = [os.urandom(1_000_000) for _ in range(60)]
    size = WriteSize.of_texts(texts)

    def work(session):
        rows.insert_many([{"text": Binary(text)} for text in texts], session=session)

    with pytest.raises(PayloadTooLargeError):
        engine.transaction(size, work)
    assert rows.count({}) == 0
