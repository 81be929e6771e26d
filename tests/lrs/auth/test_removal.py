"""A store that is removed leaves nothing behind, in no collection."""

import json

import pytest

from lrs.auth.stores import close_store, count_store, find_store, remove_store
from lrs.errors import RequestRefusedError
from recommender.interactions.sync import sync_interactions
from recommender.storage.records import create_indexes

ADA = json.dumps({"mbox": "mailto:ada@example.org"})
STATE = {"activityId": "https://example.org/1", "agent": ADA, "stateId": "x"}


@pytest.fixture
def used(client, lrs, make_statement, database, store):
    """A store that was used in many ways."""
    create_indexes(database)
    first = make_statement(
        actor={"mbox": "mailto:ada@example.org", "name": "Ada"},
        object={"id": "https://example.org/1", "definition": {"name": {"en": "One"}}},
    )
    reference = {"objectType": "StatementRef", "id": "b6a7e1de-4c1f-4a0f-8d7e-2c2a3c1c7d11"}
    lrs.store(first, make_statement(object=reference))
    lrs.settle()
    assert client.put("/xapi/activities/state", params=STATE, data=b"x").status_code == 204
    nugget = {"activity": "https://example.org/1"}
    assert client.put("/recommendations/catalogue/nuggets", params=nugget, json={"title": {"en": "One"}}).ok
    assert client.put("/recommendations/learners", params={"agent": ADA}, json={"team": "Data"}).ok
    assert client.post("/xapi/statements", data=b"{").status_code == 400
    sync_interactions(database, store.id)
    return store


def mentions(database, store):
    """Return the collections that hold the store's id anywhere, as it is or in a text."""
    own = (store.id.binary, str(store.id).encode())
    return {
        name
        for name in set(database.db.list_collection_names()) - {"definition_changes"}
        for batch in database.db[name].find_raw_batches()
        if any(one in batch for one in own)
    }


def test_nothing_of_a_removed_store_is_left(
    database, used, other_store, make_client, make_lrs, make_statement
):
    elsewhere = make_lrs(of=other_store)
    elsewhere.store(make_statement())
    before = mentions(database, other_store)
    assert {"statements", "documents", "personas", "credentials"} <= set(count_store(database, used))
    with pytest.raises(RequestRefusedError, match="Close it first"):
        remove_store(database, used, lambda *_: None)
    counts, told = count_store(database, used), []
    removed = remove_store(database, close_store(database, used), lambda count, line: told.append(count))
    assert removed >= sum(counts.values()) > 0
    assert told[-1] == removed
    assert mentions(database, used) == set()
    assert find_store(database, used.name) is None
    assert mentions(database, other_store) >= before  # more may have come in the background
    assert len(elsewhere.ids()) == 1
