"""Content codings: bodies that come encoded, answers that are encoded where a client asks for it."""

import gzip
import hashlib
import json
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import zstandard

STATE = "/xapi/activities/state"
LONG = json.dumps({"notes": [f"line {number}" for number in range(300)]}).encode()


def raw_deflate(body):
    encoder = zlib.compressobj(wbits=-15)
    return encoder.compress(body) + encoder.flush()


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZip": lambda body: gzip.compress(body[:10]) + gzip.compress(body[10:]),
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
}


@pytest.fixture
def state(client):
    """Send a request about one State document."""
    query = {
        "activityId": f"https://example.org/{uuid.uuid4()}",
        "agent": '{"mbox": "mailto:ada@example.org"}',
        "stateId": "notes",
    }

    def send(method, data=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.request(method, STATE, params=query, data=data, headers=named)

    return send


@pytest.mark.parametrize("coding", CODINGS)
def test_a_document_is_kept_decoded_and_can_be_merged(state, coding):
    sent = CODINGS[coding](b'{"a": 1}')
    put = state("PUT", sent, Content_Type="application/json", Content_Encoding=coding)
    assert put.status_code == 204, put.text
    assert state("GET").content == b'{"a": 1}'
    merge = CODINGS[coding](b'{"b": 2}')
    assert state("POST", merge, Content_Type="application/json", Content_Encoding=coding).status_code == 204
    assert state("GET").json() == {"a": 1, "b": 2}


@pytest.mark.parametrize("coding", CODINGS)
def test_statements_come_in_every_coding(lrs, statements, coding):
    batch = statements(30)
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    answer = lrs.send("POST", data=CODINGS[coding](json.dumps(batch).encode()), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() == [item["id"] for item in batch]


def test_attachments_come_encoded_as_a_whole(lrs, make_statement, make_attachment, multipart, parts_of):
    content = bytes(range(256)) * 2000
    statement = make_statement(attachments=[make_attachment(content)])
    message = multipart([statement]).add(content)
    headers = {"Content-Type": message.content_type, "Content-Encoding": "gzip"}
    answer = lrs.send("POST", data=gzip.compress(message.body()), headers=headers)
    assert answer.status_code == 200, answer.text
    found = parts_of(lrs.get(statementId=statement["id"], attachments="true"))
    assert found[1][1] == content


def test_a_form_that_stands_for_a_request_may_be_encoded(client, make_statement):
    statement = make_statement()
    form = f"content={json.dumps(statement)}&X-Experience-API-Version=1.0.3".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    query = {"method": "POST"}
    answer = client.post("/xapi/statements", params=query, data=gzip.compress(form), headers=headers)
    assert answer.json() == [statement["id"]]


@pytest.mark.parametrize("coding", ["br", "compress", "gzip, gzip", "nonsense"])
def test_a_coding_that_is_not_read_is_refused_with_those_that_are(state, assert_refused, coding):
    answer = state("PUT", b"{}", Content_Type="application/json", Content_Encoding=coding)
    assert assert_refused(answer, 415)["code"] == "unsupported_content_encoding"
    assert answer.headers["Accept-Encoding"] == "gzip, deflate, zstd"
    assert state("GET").status_code == 404


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("gzip", b"{}"),
        ("gzip", gzip.compress(LONG)[:-9]),
        ("gzip", gzip.compress(LONG) + b"rest"),
        ("deflate", zlib.compress(LONG)[:-1]),
        ("zstd", CODINGS["zstd"](LONG)[:-1]),
        ("zstd", gzip.compress(LONG)),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(state, assert_refused, coding, sent):
    answer = state("PUT", sent, Content_Type="application/json", Content_Encoding=coding)
    assert "Content-Encoding" in assert_refused(answer, 400)["message"]
    assert state("GET").status_code == 404


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_a_bomb_is_too_large(state, lrs, assert_refused, coding):
    bomb = CODINGS[coding](b" " * 300_000_000)
    assert len(bomb) < 400_000
    assert_refused(state("PUT", bomb, Content_Encoding=coding), 413)
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    assert_refused(lrs.send("POST", data=bomb, headers=headers), 413)


@pytest.mark.parametrize(
    ("asked", "coding"),
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("br, gzip;q=0.5", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.1, gzip", "gzip"),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("br", None),
        ("*", None),
        ("", None),
    ],
)
def test_answers_come_encoded_where_asked(lrs, statements, asked, coding):
    lrs.store_batch(statements(30))
    answers = [lrs.send(method, headers={"Accept-Encoding": asked}) for method in ("GET", "HEAD")]
    assert [answer.headers.get("Content-Encoding") for answer in answers] == [coding, coding]
    assert answers[0].headers["Content-Length"] == answers[1].headers["Content-Length"]
    assert "Accept-Encoding" in answers[0].headers["Vary"]
    decode = {"zstd": zstandard.ZstdDecompressor().decompress}.get(coding, bytes)  # requests knows the others
    assert len(json.loads(decode(answers[0].content))["statements"]) == 30


def test_short_answers_and_bytes_stay_as_they_are(state):
    state("PUT", b"{}", Content_Type="application/json")
    assert "Content-Encoding" not in state("GET", Accept_Encoding="gzip").headers
    state("PUT", LONG, Content_Type="application/octet-stream")
    assert "Content-Encoding" not in state("GET", Accept_Encoding="gzip").headers


def test_an_encoded_answer_has_an_etag_of_its_own_that_works_like_the_other(state):
    state("PUT", LONG, Content_Type="application/json")
    plain = state("GET", Accept_Encoding="identity")
    encoded = state("GET", Accept_Encoding="gzip")
    assert plain.headers["ETag"] == f'"{hashlib.sha1(LONG).hexdigest()}"'
    assert encoded.headers["ETag"] != plain.headers["ETag"]
    assert encoded.content == plain.content == LONG
    for etag in (plain.headers["ETag"], encoded.headers["ETag"]):
        again = state("GET", Accept_Encoding="gzip", If_None_Match=etag)
        assert (again.status_code, again.headers["ETag"], again.content) == (304, etag, b"")
        assert state("PUT", LONG, Content_Type="application/json", If_Match=etag).status_code == 204
        assert state("PUT", LONG, If_None_Match=etag).status_code == 412


def test_answers_that_are_encoded_at_the_same_time_are_whole(client):
    """Each is made by a compressor of its own: one that two threads use at once ends the process."""

    def ask(_):
        answer = requests.get(
            f"{client.url}/openapi.json", headers={"Accept-Encoding": "zstd"}, stream=True, timeout=60
        )
        return zstandard.ZstdDecompressor().decompressobj().decompress(answer.raw.read())

    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(ask, range(128)))
    assert [json.loads(one)["openapi"] for one in found] == ["3.1.0"]
