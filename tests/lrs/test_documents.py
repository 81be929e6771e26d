"""Rules of documents that need no server: preconditions, merging, limits, giving up."""

import json
from dataclasses import replace

import pytest

from lrs.documents import Documents, Preconditions, etag_of, is_json, merge_objects
from lrs.errors import PayloadTooLargeError, PreconditionFailedError, ServiceUnavailableError
from lrs.storage.documents import DocumentContent, DocumentsRepository
from lrs.storage.stored_time import StoredClock
from schemas.documents import DocumentKey, DocumentQuery
from schemas.versions import XAPI_1_0_3

KEY = DocumentKey("state", "https://example.org/a", "mbox|mailto:ada@example.org", None, "s")
JSON = "application/json"


@pytest.fixture
def documents(database, store):
    return Documents(database, store.id, XAPI_1_0_3, 100)


def stored(text):
    return DocumentContent(text, JSON, etag_of(text))


def test_the_etag_is_the_sha1_in_lower_case_hexadecimal():
    assert etag_of(b"") == "da39a3ee5e6b4b0d3255bfef95601890afd80709"


@pytest.mark.parametrize("kind", [JSON, "APPLICATION/JSON", "application/json;charset=utf-8"])
def test_json_is_json_whatever_stands_beside_it(kind):
    assert is_json(kind)


@pytest.mark.parametrize("kind", ["", "text/json", "application/json5", "application/ld+json", "json"])
def test_no_other_type_is_json(kind):
    assert not is_json(kind)


def test_merging_keeps_the_order_and_the_spelling_of_values():
    old, new = b'{"b": 1.0, "\\u0061": [1, 2], "c":{}}', b'{"a":1e1,"d":"\\u00fc"}'
    merged = merge_objects(stored(old), stored(new))
    assert merged == b'{"b":1.0,"a":1e1,"c":{},"d":"\\u00fc"}'


def test_no_precondition_always_holds():
    Preconditions().check(None)
    assert not Preconditions().given


def test_an_empty_list_of_etags_matches_nothing():
    with pytest.raises(PreconditionFailedError):
        Preconditions(if_match=frozenset()).check(None)


def test_a_document_may_have_as_many_bytes_as_the_limit(documents):
    documents.put_document(KEY, b"x" * 100, "text/plain", Preconditions())
    with pytest.raises(PayloadTooLargeError, match="101 bytes"):
        documents.put_document(KEY, b"x" * 101, "text/plain", Preconditions())


def test_the_time_of_a_document_grows_with_each_write_even_within_a_microsecond(database, store):
    documents = Documents(database, store.id, XAPI_1_0_3, 100, lambda: 7)
    times = []
    for number in range(3):
        documents.merge_document(KEY, json.dumps({"a": number}).encode(), JSON, Preconditions())
        times.append(documents.find_document(KEY).updated)
    assert times == [7, 8, 9]


def test_one_who_never_gets_a_turn_is_told_to_come_again(documents, monkeypatch):
    monkeypatch.setattr(DocumentsRepository, "insert", lambda *_: False)
    monkeypatch.setattr("lrs.documents.LONGEST_PAUSE_S", 0)
    with pytest.raises(ServiceUnavailableError, match="Too many writers"):
        documents.put_document(KEY, b"x", "text/plain", Preconditions())


def test_what_is_written_while_the_clock_is_back_is_found_since_what_was_written_before(database, store):
    wall = [7_200_000_000]
    clock = StoredClock(database, lambda: wall[0])
    documents = Documents(database, store.id, XAPI_1_0_3, 100, clock.tick)
    documents.put_document(KEY, b"x", "text/plain", Preconditions())
    before = documents.find_document(KEY).updated
    wall[0] = 0
    documents.put_document(replace(KEY, document_id="t"), b"x", "text/plain", Preconditions())
    query = DocumentQuery(KEY.kind, KEY.activity, KEY.agent, None, before)
    assert documents.list_documents(query).ids == ["t"]
