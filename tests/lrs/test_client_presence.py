"""Long readings end when the client that asked is gone; the work of others goes on."""

import pytest

from lrs.client_presence import for_client, require_client
from lrs.errors import ClientGoneError
from lrs.storage.tenancy import ROWS_PER_BATCH


@pytest.fixture
def rows(database, store):
    found = database.collection("harvested_nuggets", store.id)
    found.insert_many([{"_id": f"{store.id}:{number}"} for number in range(ROWS_PER_BATCH + 10)])
    return found


def test_work_for_nobody_in_particular_goes_on():
    require_client()
    with for_client(None):
        require_client()


def test_work_for_a_client_that_is_gone_ends_until_the_block_does():
    with pytest.raises(ClientGoneError), for_client(lambda: True):
        require_client()
    require_client()


def test_a_reading_ends_when_its_client_goes(rows):
    asked = []

    def is_gone():
        asked.append(True)
        return len(asked) > 1

    with pytest.raises(ClientGoneError), for_client(is_gone):
        for number, _ in enumerate(rows.iterate({})):
            assert number < ROWS_PER_BATCH


@pytest.mark.parametrize(
    "read",
    [
        lambda rows: rows.find({}),
        lambda rows: list(rows.aggregate({}, [])),
        lambda rows: next(rows.iterate({})),
    ],
)
def test_nothing_is_read_for_a_client_that_is_gone(rows, read):
    with pytest.raises(ClientGoneError), for_client(lambda: True):
        read(rows)
