"""The database goes away after a write and before its answer: the driver writes once more, and finds its own."""

import json
from types import SimpleNamespace

import pytest

from lrs.documents import Documents, Preconditions
from lrs.storage.attachments import AttachmentsRepository
from lrs.storage.database import StoreCollection
from lrs.storage.embedded_engine.landmarks import STATEMENTS_PER_LANDMARK, Landmarks
from lrs.storage.statements.read import StatementReads
from schemas.documents import DocumentKey
from schemas.versions import XAPI_1_0_3

KEY = DocumentKey("state", "https://example.org/a", "mbox|mailto:ada@example.org", None, "s")
ANY = frozenset({"*"})


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Do every write outside of a transaction twice, as with a database that forgot by what it was asked."""
    for name in ("insert_many", "update_one"):
        real = getattr(StoreCollection, name)

        def twice(self, *arguments, real=real, **named):
            if named.get("session") is None:
                real(self, *arguments, **named)
            return real(self, *arguments, **named)

        monkeypatch.setattr(StoreCollection, name, twice)


@pytest.fixture
def post(service, credential):
    return lambda batch: service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)


@pytest.fixture
def count(database, store):
    return lambda: StatementReads(database, store.id).count()


@pytest.fixture
def documents(database, store):
    return Documents(database, store.id, XAPI_1_0_3, 1000)


def test_single_statements(post, count, statements):
    for statement in statements(3):
        assert post(statement) == [statement["id"]]
    assert count() == 3


def test_landmarks(database, store):
    rows = [SimpleNamespace(seq=bytes([number]), text=b"{}") for number in range(STATEMENTS_PER_LANDMARK)]
    Landmarks(database).count(store.id, rows)
    assert database.collection("landmarks", store.id).count({}) == 1


def test_voids_in_any_order(post, count, database, store, statements, make_void):
    batch = statements(3)
    post(batch[0])
    post([make_void(batch[0]["id"]), make_void(batch[1]["id"]), batch[2]])
    post(batch[1])
    assert count() == 5
    assert database.collection("statements", store.id).count({"voided": True}) == 2
    assert database.collection("statement_references", store.id).count({}) == 2


def test_an_attachment(database, store):
    attachments = AttachmentsRepository(database, store.id)
    file_id = attachments.begin_upload()
    attachments.write_chunks(file_id, [b"x" * 600_000])
    assert database.collection("attachments.chunks", store.id).count({"files_id": file_id}) == 3


def test_a_document_that_must_not_be_there_and_one_that_must(documents):
    documents.put_document(KEY, b"first", "text/plain", Preconditions(if_none_match=ANY))
    etag = documents.find_document(KEY).content.etag
    documents.put_document(KEY, b"second", "text/plain", Preconditions(if_match=frozenset({etag})))
    assert documents.find_document(KEY).content.body == b"second"


def test_a_document_replaced_between_the_two_tries_was_created_all_the_same(documents, monkeypatch):
    insert = StoreCollection.insert_many

    def overtaken(self, rows, **named):
        if self._collection.name == "documents":
            with monkeypatch.context() as patch:
                patch.setattr(StoreCollection, "insert_many", insert)
                self._collection.insert_one({**rows[0], "store": self.store})
                documents.put_document(KEY, b"newer", "text/plain", Preconditions(if_match=ANY))
        insert(self, rows, **named)

    monkeypatch.setattr(StoreCollection, "insert_many", overtaken)
    documents.put_document(KEY, b"first", "text/plain", Preconditions(if_none_match=ANY))
    assert documents.find_document(KEY).content.body == b"newer"
