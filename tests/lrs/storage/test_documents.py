"""Documents in MongoDB: written over only as they were read; found only in their store."""

from dataclasses import replace

import pytest
from pymongo.errors import DuplicateKeyError

from lrs.storage.documents import DocumentContent, DocumentsRepository
from schemas.documents import DocumentKey, DocumentQuery

KEY = DocumentKey("state", "https://example.org/a", "mbox|mailto:ada@example.org", None, "s")
QUERY = DocumentQuery(KEY.kind, KEY.activity, KEY.agent, None)
REGISTRATION = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"


def content(text):
    return DocumentContent(text.encode(), "text/plain", f"etag-{text}")


@pytest.fixture
def documents(database, store):
    return DocumentsRepository(database, store.id)


def test_what_is_inserted_is_found(documents):
    assert documents.insert(KEY, content("a"), 7)
    found = documents.find(KEY)
    assert (found.content, found.updated) == (content("a"), 7)


def test_a_second_insert_is_refused_and_leaves_the_first(documents):
    documents.insert(KEY, content("a"), 7)
    assert not documents.insert(KEY, content("b"), 8)
    assert documents.find(KEY).content == content("a")


def test_what_was_read_is_written_over_once(documents):
    documents.insert(KEY, content("a"), 7)
    read = documents.find(KEY)
    assert documents.replace(KEY, read, content("b"), 8)
    assert not documents.replace(KEY, read, content("c"), 9)
    assert not documents.delete(KEY, read)
    assert documents.find(KEY).content == content("b")


def test_a_document_that_came_back_to_its_content_is_not_what_was_read(documents):
    documents.insert(KEY, content("a"), 7)
    read = documents.find(KEY)
    documents.replace(KEY, read, content("b"), 8)
    documents.replace(KEY, documents.find(KEY), content("a"), 9)
    assert not documents.replace(KEY, read, content("c"), 10)


def test_one_deleted_and_made_anew_is_not_what_was_read(documents):
    documents.insert(KEY, content("a"), 7)
    read = documents.find(KEY)
    assert documents.delete(KEY, read)
    documents.insert(KEY, content("a"), 8)
    assert not documents.delete(KEY, read)


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, kind="agent_profile"),
        replace(KEY, activity=None),
        replace(KEY, agent=None),
        replace(KEY, registration=REGISTRATION),
        replace(KEY, document_id="S"),
    ],
)
def test_every_part_of_the_key_keeps_documents_apart(documents, other):
    assert documents.insert(KEY, content("a"), 7)
    assert documents.insert(other, content("b"), 7)
    assert documents.find(KEY).content == content("a")


def test_null_is_a_value_of_the_unique_index(database, documents, store):
    documents.insert(KEY, content("a"), 7)
    row = database.db["documents"].find_one({"store": store.id})
    assert row["registration"] is None
    del row["_id"]
    with pytest.raises(DuplicateKeyError):
        database.db["documents"].insert_one(row)


def test_a_context_lists_and_loses_its_own(documents):
    registered = replace(KEY, registration=REGISTRATION)
    documents.insert(KEY, content("a"), 7)
    documents.insert(registered, content("b"), 8)
    assert {item.updated for item in documents.list_all(QUERY)} == {7, 8}
    assert [item.updated for item in documents.list_all(replace(QUERY, since=7))] == [8]
    documents.delete_all(replace(QUERY, registration=REGISTRATION))
    assert [item.updated for item in documents.list_all(QUERY)] == [7]


def test_another_store_neither_finds_nor_deletes(database, documents, other_store):
    documents.insert(KEY, content("a"), 7)
    theirs = DocumentsRepository(database, other_store.id)
    assert theirs.find(KEY) is None
    theirs.delete_all(QUERY)
    assert not theirs.delete(KEY, documents.find(KEY))
    assert documents.find(KEY) is not None
