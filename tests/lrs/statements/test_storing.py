"""The one way in, where a process may end between any two steps."""

import json
from contextlib import contextmanager

import pytest

from lrs.errors import ServiceUnavailableError
from lrs.storage.landmarks import Landmarks
from lrs.storage.statements import singles
from lrs.storage.statements import writes as storage
from lrs.storage.statements.reads import StatementReads
from schemas.versions import XAPI_1_0_3


class Killed(Exception):
    """The process ends here."""


@pytest.fixture
def put_in(service, credential):
    def store(*batch):
        return service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)

    return store


@pytest.fixture
def dying(monkeypatch):
    """Within the block a process dies when it is about to link what it stored."""

    def die(*_):
        raise Killed

    @contextmanager
    def begin():
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(singles, "link_references", die)
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


def test_a_batch_that_dies_before_its_commit_leaves_nothing(put_in, dying, reads, statements):
    with dying():
        put_in(*statements(5))
    assert reads.count() == 0


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
