"""The one way in, where a process may end between any two steps."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest

from lrs.errors import ServiceUnavailableError
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.statements import group_commit, large_batches
from lrs.storage.statements import write as storage
from lrs.storage.statements.documents import HIGHEST_SEQ, LOWEST_SEQ, SeqRange
from lrs.storage.statements.filters import StatementFilter
from lrs.storage.statements.read import StatementReads
from lrs.storage.statements.references import _Linker
from lrs.storage.statements.sweeping import sweep_large_batches
from schemas.versions import XAPI_1_0_3


class Killed(Exception):
    """The process ends here."""


def die(*_):
    raise Killed


@pytest.fixture
def put_in(service, credential):
    def store(*batch):
        return service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)

    return store


@pytest.fixture
def dying(monkeypatch):
    """Within the block a process dies when it is about to link what it stored."""

    @contextmanager
    def begin():
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(group_commit, "link_references", die)
            patch.setattr(storage, "link_references", die)
            yield

    return begin


@pytest.fixture
def reads(database, store):
    return StatementReads(database, store.id, Landmarks(database))


def test_links_that_were_never_made_are_mended_when_the_statement_is_sent_again(
    put_in, dying, reads, make_statement, make_void
):
    target = make_statement()
    put_in(make_void(target["id"]))
    with dying():
        put_in(target)
    assert reads.find_statement(target["id"], voided=False, authority=None)
    put_in(target)
    assert reads.find_statement(target["id"], voided=True, authority=None)


def test_a_batch_that_dies_before_its_commit_leaves_nothing(put_in, reads, statements, monkeypatch):
    monkeypatch.setattr(Landmarks, "count", die)
    with pytest.raises(Killed):
        put_in(*statements(5))
    assert reads.count() == 0


@pytest.fixture
def noted(database, store):
    """Tell which batches of the store are noted as not finished."""
    batches = database.collection("large_batches", store.id)
    return lambda: [row["state"] for row in batches.find({})]


def test_a_batch_that_dies_before_it_is_linked_is_linked_by_the_sweep(
    put_in, dying, reads, noted, database, statements, make_void, monkeypatch
):
    first, second = statements(2)
    put_in(first)
    with dying():
        put_in(make_void(first["id"]), second, make_void(second["id"]))
    assert [reads.find_statement(item["id"], voided=True, authority=None) for item in (first, second)] == [
        None
    ] * 2
    assert noted() == ["seen"]
    sweep_large_batches(database)
    assert noted() == ["seen"]  # its lease is not over
    monkeypatch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
    sweep_large_batches(database)
    assert noted() == []
    assert all(reads.find_statement(item["id"], voided=True, authority=None) for item in (first, second))


def test_a_batch_of_awaited_ones_that_dies_before_it_is_linked_is_linked_by_the_sweep(
    put_in, dying, reads, noted, database, statements, make_void, monkeypatch
):
    awaited = statements(3)
    put_in(*(make_void(item["id"]) for item in awaited))
    with dying():
        put_in(*awaited)
    assert noted() == ["seen"]
    monkeypatch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
    sweep_large_batches(database)
    assert noted() == []
    assert all(reads.find_statement(item["id"], voided=True, authority=None) for item in awaited)


def test_a_chain_whose_linking_died_half_way_is_linked_to_its_end_when_sent_again(
    put_in, reads, statements, make_statement, refer, monkeypatch
):
    [end] = statements(1)
    chain = [end]
    for _ in range(3):
        chain.append(make_statement(object=refer(chain[-1]["id"])))
    put_in(*chain[:0:-1])
    inherit, times = _Linker._inherit, []

    def die_later(self, due):
        times.append(len(due))
        if len(times) == 2:
            raise Killed
        return inherit(self, due)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(_Linker, "_inherit", die_later)
        put_in(end)
    wanted = StatementFilter(activity=end["object"]["id"])
    everything = SeqRange(LOWEST_SEQ.ljust(14, b"\0"), HIGHEST_SEQ)

    def found():
        page = reads.query_statements(wanted, everything, ascending=True, limit=9)
        return {json.loads(item.text)["id"] for item in page}

    assert found() == {end["id"], chain[1]["id"]}
    put_in(end)
    assert found() == {item["id"] for item in chain}


def test_what_is_linked_leaves_no_note(put_in, noted, statements, make_void):
    awaited, known = statements(2)
    put_in(known)
    put_in(make_void(known["id"]))
    put_in(make_void(awaited["id"]))
    put_in(awaited, *statements(2))
    assert noted() == []


def test_a_batch_that_dies_can_be_sent_again(put_in, dying, reads, statements):
    batch = statements(5)
    with dying():
        put_in(*batch)
    assert put_in(*batch) == [statement["id"] for statement in batch]
    assert reads.count() == 5


@pytest.mark.parametrize("size", [1, 5])
def test_a_process_that_stood_still_before_its_commit_stores_nothing(
    service, put_in, reads, statements, monkeypatch, size
):
    begun = storage.StatementWrites.store_rows

    def stand_still(self, *arguments):
        service.clock._lapses += 1  # as the renewing thread does after a pause beyond the lease
        begun(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(storage.StatementWrites, "store_rows", stand_still)
        with pytest.raises(ServiceUnavailableError, match="could not keep its place in time"):
            put_in(*statements(size))
    assert reads.count() == 0
    put_in(*statements(size))
    assert reads.count() == size
