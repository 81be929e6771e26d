"""Single Statements joined into one insert: each with its own fate."""

import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.errors import AutoReconnect

from lrs.config import Settings
from lrs.errors import PayloadTooLargeError, ServiceUnavailableError, StatementConflictError
from lrs.statements.storing import StatementWriter
from lrs.storage import database as databases
from lrs.storage.statement_documents import StatementRow, TakenError
from lrs.storage.statement_facets import Facets
from lrs.storage.statements.group_commit import Single, SingleWrites
from lrs.storage.statements.read import StatementReads
from schemas.versions import XAPI_1_0_3


@pytest.fixture
def reads(database, store):
    return StatementReads(database, store.id)


@pytest.fixture
def insert(service, credential):
    return lambda statement: service.writer.store_statements(
        json.dumps(statement).encode(), credential, XAPI_1_0_3
    )


@pytest.fixture
def together(service, credential, insert, monkeypatch):
    """Store Statements so that all but the first are inserted as one group; return their outcomes."""

    def run(*statements):
        joined = service.writer._writes_of(credential)._singles._joined
        begun, go, work = threading.Event(), threading.Event(), joined._work
        groups = []

        def held(items):
            begun.set()
            go.wait(30)
            groups.append(len(items))
            return work(items)

        def outcome(statement):
            try:
                return insert(statement)
            except (ServiceUnavailableError, StatementConflictError) as error:
                return type(error)

        monkeypatch.setattr(joined, "_work", held)
        with ThreadPoolExecutor(len(statements)) as pool:
            futures = [pool.submit(outcome, statements[0])]
            begun.wait(30)
            futures += [pool.submit(outcome, statement) for statement in statements[1:]]
            deadline = time.monotonic() + 30
            while len(joined._waiting) < len(statements) - 1 and time.monotonic() < deadline:
                time.sleep(0.001)
            go.set()
            outcomes = [future.result(30) for future in futures]
        assert groups == [1, len(statements) - 1]
        return outcomes

    return run


def test_of_one_group_each_is_stored_with_its_own_time(together, reads, statements):
    several = statements(6)
    assert together(*several) == [[statement["id"]] for statement in several]
    found = [reads.find_statement(item["id"], voided=False, credential=None) for item in several]
    assert len({row.stored for row in found}) == 6
    assert len({row.seq for row in found}) == 6


def test_equal_ones_of_one_group_are_all_accepted_and_stored_once(together, reads, make_statement):
    statement = make_statement()
    assert together(make_statement(), *[statement] * 4)[1:] == [[statement["id"]]] * 4
    assert reads.count() == 2


def test_different_ones_with_one_id_get_409_and_their_neighbours_nothing_of_it(
    together, reads, make_statement
):
    first, neighbour = make_statement(), make_statement()
    rivals = [{**first, "object": {"id": f"https://example.org/{n}"}} for n in range(3)]
    outcomes = together(first, *rivals, neighbour)
    assert outcomes == [[first["id"]], *[StatementConflictError] * 3, [neighbour["id"]]]
    assert reads.count() == 2


def test_a_void_stored_before_its_targets_reaches_those_of_a_group(
    together, insert, reads, make_statement, make_void
):
    targets = [make_statement() for _ in range(4)]
    for target in targets:
        insert(make_void(target["id"]))
    together(*targets)
    assert all(reads.find_statement(item["id"], voided=True, credential=None) for item in targets)


def test_a_lost_database_is_told_to_each_of_a_group(together, reads, statements, monkeypatch):
    def lost(*_, **__):
        raise AutoReconnect("gone")

    monkeypatch.setattr(databases.StoreCollection, "insert_many", lost)
    assert together(*statements(4)) == [ServiceUnavailableError] * 4
    monkeypatch.undo()
    assert reads.count() == 0


def row(number):
    facets = Facets("https://v", ("a",), ("a",), ("https://o",), ("https://o",), None)
    seq, text = number.to_bytes(14, "big"), b"{}"
    return StatementRow(str(uuid.uuid4()), seq, 1, 1, facets, "key", None, False, b"f", text)


def test_a_lapsed_lease_bars_its_own_request_only(database, store, reads):
    def barred():
        raise ServiceUnavailableError("lapsed")

    writes = SingleWrites(database, store.id)
    first, late, last = row(1), row(2), row(3)
    singles = [Single(first, lambda: None), Single(late, barred), Single(last, lambda: None)]
    outcomes = writes._insert(singles)
    assert [type(outcome) for outcome in outcomes] == [type(None), ServiceUnavailableError, type(None)]
    kept = [
        reads.find_statement(one.statement_id, voided=False, credential=None) for one in (first, late, last)
    ]
    assert [bool(one) for one in kept] == [True, False, True]
    assert [type(outcome) for outcome in writes._insert(singles)] == [
        TakenError,
        ServiceUnavailableError,
        TakenError,
    ]


def test_one_larger_than_the_database_can_keep_is_413(database, service, credential, reads, make_statement):
    writer = StatementWriter(database, Settings(max_statement_bytes=20_000_000), service.clock)
    extensions = {"https://example.org/x": "x" * 17_000_000}
    body = json.dumps(make_statement(context={"extensions": extensions})).encode()
    with pytest.raises(PayloadTooLargeError, match="larger than the database allows"):
        writer.store_statements(body, credential, XAPI_1_0_3)
    assert reads.count() == 0
