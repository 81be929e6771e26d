"""What each store holds is counted in bytes, and a quota is kept."""

import json
import time

import pytest

from lrs.auth.stores import set_quota
from lrs.documents import Documents, Preconditions
from lrs.storage.usage import StoreUsage
from schemas.documents import DocumentKey, DocumentQuery
from schemas.versions import XAPI_1_0_3

KEY = DocumentKey("state", "https://example.org/a", "mbox|mailto:ada@example.org", None, "s")
CONTEXT = DocumentQuery("state", "https://example.org/a", "mbox|mailto:ada@example.org", None, None)


@pytest.fixture
def documents(database, store):
    return Documents(database, store.id, XAPI_1_0_3, 1000)


def test_documents_count_as_they_are_now(database, store, documents):
    for body in (b"x" * 100, b"x" * 30):
        documents.put_document(KEY, body, "text/plain", Preconditions())
    assert database.usage.of(store.id) == 30
    documents.delete_document(KEY, Preconditions())
    assert database.usage.of(store.id) == 0
    documents.put_document(KEY, b"x" * 40, "text/plain", Preconditions())
    documents.delete_documents(CONTEXT, Preconditions())
    assert database.usage.of(store.id) == 0


def test_processes_know_what_the_others_stored(database, store):
    here, there = StoreUsage(database), StoreUsage(database)
    here.add(store.id, 7)
    there.add(store.id, 5)
    here.flush()
    there.flush()
    here.flush()
    assert here.of(store.id) == there.of(store.id) == 12


def test_beyond_its_quota_a_store_takes_nothing_and_others_go_on(
    make_client, database, store, other_store, make_statement, assert_refused
):
    client, other = make_client(), make_client(of=other_store)
    big = {**make_statement(), "context": {"extensions": {"https://example.org/x": "x" * 400_000}}}
    set_quota(database, store, 1)
    deadline = time.monotonic() + 60
    answer = client.post("/xapi/statements", json=big)
    while answer.ok and time.monotonic() < deadline:
        big = {**big, "id": make_statement()["id"]}
        answer = client.post("/xapi/statements", json=big)
    assert assert_refused(answer, 507)["code"] == "insufficient_storage"
    assert client.get("/xapi/statements?limit=1").ok
    whom = {"agent": json.dumps(big["actor"])}
    assert client.put("/recommendations/consents", params=whom, json={"peer": False}).ok
    assert client.post("/privacy/erasures", params={**whom, "dry_run": "true"}).ok
    assert client.post("/people/part", json={"agent": big["actor"]}).status_code != 507
    assert other.post("/xapi/statements", json=make_statement()).ok
