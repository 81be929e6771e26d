"""The one way in, where a process may end between any two steps."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from pymongo.errors import OperationFailure

from lrs.errors import ServiceUnavailableError
from lrs.storage.statement_documents import HIGHEST_SEQ, LOWEST_SEQ, SeqRange
from lrs.storage.statement_filters import StatementFilter
from lrs.storage.statements import linking, sweeping
from lrs.storage.statements import write as storage
from lrs.storage.statements.read import StatementReads
from lrs.storage.statements.references import _Linker
from lrs.storage.statements.sweeping import link_what_was_left
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
            patch.setattr(linking, "link_references", die)
            yield

    return begin


@pytest.fixture
def reads(database, store):
    return StatementReads(database, store.id)


def test_links_that_were_never_made_are_mended_when_the_statement_is_sent_again(
    put_in, dying, reads, make_statement, make_void
):
    target = make_statement()
    put_in(make_void(target["id"]))
    with dying():
        put_in(target)
    assert reads.find_statement(target["id"], voided=False, credential=None)
    put_in(target)
    assert reads.find_statement(target["id"], voided=True, credential=None)


def test_a_batch_that_dies_before_its_commit_leaves_nothing(put_in, reads, database, statements, monkeypatch):
    monkeypatch.setattr(database.engine, "note_stored", die)
    with pytest.raises(Killed):
        put_in(*statements(5))
    assert reads.count() == 0


@pytest.fixture
def noted(database, store):
    """Tell how many Statements of the store are noted as not linked yet."""
    return lambda: database.collection(linking.NOTES, store.id).count({})


@pytest.fixture
def are_voided(reads):
    return lambda batch: [
        reads.find_statement(item["id"], voided=True, credential=None) is not None for item in batch
    ]


def test_a_batch_that_dies_before_it_is_linked_is_linked_by_the_sweep(
    put_in, dying, are_voided, noted, database, statements, make_void
):
    first, second = statements(2)
    put_in(first)
    with dying():
        put_in(make_void(first["id"]), second, make_void(second["id"]))
    assert are_voided([first, second]) == [False, False]
    assert noted() == 2
    link_what_was_left(database)
    assert noted() == 0
    assert are_voided([first, second]) == [True, True]


@pytest.mark.parametrize("size", [1, 3], ids=["single", "batch"])
def test_awaited_ones_that_die_before_they_are_linked_are_linked_by_the_sweep(
    put_in, dying, are_voided, noted, database, statements, make_void, size
):
    awaited = statements(size)
    put_in(*(make_void(item["id"]) for item in awaited))
    with dying():
        put_in(*awaited)
    assert noted() == size
    link_what_was_left(database)
    assert noted() == 0
    assert are_voided(awaited) == [True] * size


def test_one_that_cannot_be_linked_keeps_no_other_from_it(
    put_in, dying, are_voided, noted, store, database, statements, make_void, monkeypatch
):
    targets = statements(2)
    put_in(*targets)
    with dying():
        put_in(*(make_void(item["id"]) for item in targets))
    link, failures = linking.link_references, [OperationFailure("too large")]

    def fail_once(database, store_id, *arguments):
        if failures and store_id == store.id:
            raise failures.pop()
        link(database, store_id, *arguments)

    monkeypatch.setattr(linking, "link_references", fail_once)
    link_what_was_left(database)
    assert sorted(are_voided(targets)) == [False, True]
    assert noted() == 1
    link_what_was_left(database)
    assert are_voided(targets) == [True, True]


def test_several_sweeps_at_once_do_no_harm(
    put_in, dying, are_voided, noted, database, store, statements, make_void
):
    targets = statements(6)
    put_in(*targets)
    with dying():
        put_in(*(make_void(item["id"]) for item in targets))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: link_what_was_left(database), range(4)))
    assert noted() == 0
    assert are_voided(targets) == [True] * 6
    assert database.collection("statement_references", store.id).count({}) == 6


def test_a_running_process_links_what_was_left_behind(
    put_in, dying, are_voided, database, statements, make_void, monkeypatch
):
    [target] = statements(1)
    put_in(target)
    monkeypatch.setattr(sweeping, "EVERY_S", 0.01)
    sweeper = sweeping.Sweeper(database)
    sweeper.start()
    with dying():
        put_in(make_void(target["id"]))
    deadline = time.monotonic() + 30
    while are_voided([target]) == [False] and time.monotonic() < deadline:
        time.sleep(0.01)
    sweeper.stop()
    assert are_voided([target]) == [True]


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
        page = reads.query_statements(wanted, everything, ascending=True, limit=9).statements
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
    assert noted() == 0


def test_a_batch_that_dies_can_be_sent_again(put_in, dying, reads, statements, make_void):
    batch = statements(5)
    batch[4] = make_void(batch[0]["id"])
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
        with pytest.raises(ServiceUnavailableError, match="was paused too long"):
            put_in(*statements(size))
    assert reads.count() == 0
    put_in(*statements(size))
    assert reads.count() == size
