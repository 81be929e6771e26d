"""The one way in, where a process may end between any two steps."""

import json
from contextlib import contextmanager

import pytest

from lrs.errors import ServiceUnavailableError
from lrs.storage import statements as storage
from lrs.storage.landmarks import Landmarks
from lrs.storage.statements import StatementsRepository
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
            patch.setattr(storage, "link_references", die)
            yield

    return begin


@pytest.fixture
def repository(database, store):
    return StatementsRepository(database, store.id, Landmarks(database))


def test_links_that_were_never_made_are_mended_when_the_statement_is_sent_again(
    put_in, dying, repository, make_statement, make_void
):
    target = make_statement()
    put_in(make_void(target["id"]))
    with dying():
        put_in(target)
    assert repository.find_statement(target["id"], voided=False, authority=None)
    put_in(target)
    assert repository.find_statement(target["id"], voided=True, authority=None)


def test_a_batch_that_dies_before_its_commit_leaves_nothing(put_in, dying, repository, statements):
    with dying():
        put_in(*statements(5))
    assert repository.count() == 0


def test_a_batch_that_dies_can_be_sent_again(put_in, dying, repository, statements):
    batch = statements(5)
    with dying():
        put_in(*batch)
    assert put_in(*batch) == [statement["id"] for statement in batch]
    assert repository.count() == 5


@pytest.mark.parametrize("size", [1, 5])
def test_a_process_that_stood_still_before_its_commit_stores_nothing(
    service, put_in, repository, statements, monkeypatch, size
):
    begun = storage.StatementsRepository.store_rows

    def stand_still(self, *arguments):
        service.clock._lapses += 1  # as the renewing thread does after a pause beyond the lease
        begun(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(storage.StatementsRepository, "store_rows", stand_still)
        with pytest.raises(ServiceUnavailableError, match="could not keep its place in time"):
            put_in(*statements(size))
    assert repository.count() == 0
    put_in(*statements(size))
    assert repository.count() == size
