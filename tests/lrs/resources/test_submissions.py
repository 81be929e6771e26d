"""Statements with attachments over HTTP: in and out byte for byte, refused as a whole, kept once."""

import hashlib
import json
import os
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

ALL_BYTES = bytes(range(256))
AWKWARD = {
    "all byte values": ALL_BYTES,
    "empty": b"",
    "line ends": b"\r\n\r\n\n\r\r\n",
    "ends in a carriage return": b"a\r",
    "dashes": b"\r\n--",
    "looks like a boundary": b"x--=_A+b'(c)/d:e?f.g\r\n\r\n--=_A+b'(c)/d:e?f.gh\r\n--=_A+b'(c)/d:e?f.",
    "more than a chunk": random.Random(7).randbytes(1_200_000),
}
WORKER = "scripts.web_server.worker"
NOTHING = {"attachments.files": 0, "attachments.chunks": 0, "attachment_uploads": 0}
ONE = {"attachments.files": 1, "attachments.chunks": 1, "attachment_uploads": 0}


@pytest.fixture(params=["1.0.3", "2.0.0"])
def lrs(request, lrs):
    """The same client under each version."""
    lrs.version = request.param
    return lrs


@pytest.fixture
def evidence(make_statement, make_attachment):
    """Make a Statement that declares contents."""
    return lambda *contents, **properties: make_statement(
        attachments=[make_attachment(content, **properties) for content in contents]
    )


@pytest.mark.parametrize("content", AWKWARD.values(), ids=AWKWARD)
def test_bytes_come_back_as_they_were_sent(lrs, multipart, send_multipart, parts_of, evidence, content):
    statement = evidence(content)
    assert send_multipart(lrs, multipart(statement).add(content)).json() == [statement["id"]]
    [(first, text), (headers, found)] = parts_of(lrs.get(statementId=statement["id"], attachments="true"))
    assert first == {"Content-Type": "application/json"}
    assert json.loads(text)["attachments"] == statement["attachments"]
    assert headers == {
        "Content-Type": "application/x-evidence",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": hashlib.sha256(content).hexdigest(),
    }
    assert found == content


def test_put_takes_attachments_too(lrs, multipart, send_multipart, parts_of, evidence):
    statement = evidence(ALL_BYTES)
    message = multipart(statement).add(ALL_BYTES)
    assert send_multipart(lrs, message, "PUT", params={"statementId": statement["id"]}).status_code == 204
    assert parts_of(lrs.get(statementId=statement["id"], attachments="true"))[1][1] == ALL_BYTES


@pytest.mark.parametrize("boundary", ["simple", "-------314159265358979323846", "'()+_,-./:=?"])
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_boundaries_are_read_in_their_ways(
    lrs, multipart, send_multipart, kept_bytes, store, evidence, boundary, newline
):
    message = multipart(evidence(b"abc"), boundary=boundary, newline=newline).add(b"abc")
    assert send_multipart(lrs, message).status_code == 200
    assert kept_bytes(store) == ONE


def test_a_boundary_needs_no_quotes_and_the_body_may_have_a_preamble(lrs, multipart, evidence):
    message = multipart(evidence(b"abc"), boundary="bare").add(b"abc")
    body = b"MIME needed\r\n" + message.body() + b"epilogue"
    answer = lrs.send("POST", data=body, headers={"Content-Type": "multipart/mixed; boundary=bare"})
    assert answer.status_code == 200


def test_a_chunked_request_is_read_as_it_comes(lrs, multipart, evidence):
    message = multipart(evidence(ALL_BYTES * 1000)).add(ALL_BYTES * 1000)
    body = message.body()
    blocks = (body[start : start + 10_000] for start in range(0, len(body), 10_000))
    assert lrs.send("POST", data=blocks, headers={"Content-Type": message.content_type}).status_code == 200


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_every_sha2_in_any_case(lrs, multipart, send_multipart, parts_of, evidence, algorithm, spell):
    digest = hashlib.new(algorithm, b"abc").hexdigest()
    statement = evidence(b"abc", sha2=spell(digest))
    assert send_multipart(lrs, multipart(statement).add(b"abc", digest)).status_code == 200
    headers, content = parts_of(lrs.get(statementId=statement["id"], attachments="true"))[1]
    assert (headers["X-Experience-API-Hash"], content) == (spell(digest), b"abc")


def test_no_attachment_and_file_urls_alone_may_come_as_multipart(lrs, multipart, send_multipart, evidence):
    batch = [evidence(), evidence(b"abc", fileUrl="https://example.org/abc")]
    assert send_multipart(lrs, multipart(batch)).status_code == 200
    assert send_multipart(lrs, multipart({**evidence(), "attachments": []})).status_code == 200


def test_a_part_may_come_beside_a_file_url(lrs, multipart, send_multipart, parts_of, evidence):
    statement = evidence(b"abc", fileUrl="https://example.org/abc")
    assert send_multipart(lrs, multipart(statement).add(b"abc")).status_code == 200
    assert parts_of(lrs.get(statementId=statement["id"], attachments="true"))[1][1] == b"abc"


def test_two_statements_may_share_a_part(
    lrs, multipart, send_multipart, parts_of, kept_bytes, store, evidence
):
    batch = [evidence(b"shared", b"own"), evidence(b"shared")]
    assert send_multipart(lrs, multipart(batch).add(b"shared").add(b"own")).status_code == 200
    assert kept_bytes(store) == {**ONE, "attachments.files": 2, "attachments.chunks": 2}
    _, *parts = parts_of(lrs.get(attachments="true"))
    assert sorted(content for _, content in parts) == [b"own", b"shared"]


def test_a_part_sent_twice_is_kept_once(lrs, multipart, send_multipart, kept_bytes, store, evidence):
    message = multipart([evidence(b"abc"), evidence(b"abc")]).add(b"abc").add(b"abc")
    assert send_multipart(lrs, message).status_code == 200
    assert kept_bytes(store) == ONE


def test_a_substatement_may_declare_attachments(
    lrs, multipart, send_multipart, parts_of, make_statement, make_attachment
):
    inner = {
        **make_statement(id=None),
        "objectType": "SubStatement",
        "attachments": [make_attachment(b"abc")],
    }
    statement = make_statement(object=inner)
    assert lrs.post(statement).status_code == 400
    assert send_multipart(lrs, multipart(statement).add(b"abc")).status_code == 200
    assert parts_of(lrs.get(statementId=statement["id"], attachments="true"))[1][1] == b"abc"


ABC, OTHER = hashlib.sha256(b"abc").hexdigest(), hashlib.sha256(b"other").hexdigest()
DISAGREEMENTS = {
    "missing part": ({}, lambda message: message, "attachments[0]", "no part with the hash"),
    "undeclared part": ({}, lambda message: message.add(b"abc").add(b"other"), "", "more parts than"),
    "another part": ({}, lambda message: message.add(b"other"), "", "matches no attachment"),
    "wrong bytes": ({}, lambda message: message.add(b"abd", ABC), "", hashlib.sha256(b"abd").hexdigest()),
    "bytes cut short": ({}, lambda message: message.add(b"ab", ABC), "", "unchanged"),
    "wrong length": ({"length": 4}, lambda message: message.add(b"abc"), "attachments[0].length", "its part has 3"),
    "wrong Content-Length": ({}, lambda message: message.add(b"abc", Content_Length="4"), "", "has 3 bytes"),
    "another type": ({}, lambda message: message.add(b"abc", Content_Type="a/b"), "attachments[0].contentType", "a/b"),
    "base64": ({}, lambda message: message.add(b"YWJj", ABC, Content_Transfer_Encoding="base64"), "", "binary"),
    "no hash": ({}, lambda message: message.add(b"abc", X_Experience_API_Hash=None), "", "X-Experience-API-Hash"),
    "no hash at all": ({"sha2": "abc"}, lambda message: message.add(b"abc", "abc"), "", "SHA-224"),
}  # fmt: skip


@pytest.mark.parametrize("encoding", [None, "binary", "Binary"])
def test_a_part_that_names_no_encoding_is_binary(
    lrs, multipart, send_multipart, evidence, parts_of, encoding
):
    content = bytes(range(256))
    statement = evidence(content)
    message = multipart(statement).add(content, Content_Transfer_Encoding=encoding)
    assert send_multipart(lrs, message).status_code == 200
    assert parts_of(lrs.get(statementId=statement["id"], attachments="true"))[1][1] == content


def test_attachments_without_a_line_end_between_them_are_kept_apart(
    lrs, multipart, evidence, parts_of, make_statement
):
    """As ADL's xAPIWrapper, @xapi/xapi and TinCanJS send them."""
    contents = [b"first", b"\x00second\r\nthird", bytes(range(256)) * 1000]
    statement = evidence(*contents)
    message = multipart(statement, boundary="bound")
    for content in contents:
        message.add(content)
    body = message.body()
    for content in contents[:-1]:
        body = body.replace(content + b"\r\n--bound", content + b"--bound")
    answer = lrs.send("POST", data=body, headers={"Content-Type": message.content_type})
    assert answer.status_code == 200, answer.text
    found = parts_of(lrs.get(statementId=statement["id"], attachments="true"))
    assert sorted(content for _, content in found[1:]) == sorted(contents)


@pytest.mark.parametrize(("properties", "add", "path", "words"), DISAGREEMENTS.values(), ids=DISAGREEMENTS)
def test_parts_and_declarations_must_agree(
    lrs, multipart, send_multipart, assert_refused, kept_bytes, store, evidence, properties, add, path, words
):
    refusal = assert_refused(send_multipart(lrs, add(multipart(evidence(b"abc", **properties)))), 400)
    assert refusal["code"] in {"invalid_attachment", "malformed_multipart"}
    assert refusal["path"] == path
    assert words in refusal["message"]
    assert lrs.ids() == []
    assert kept_bytes(store) == NOTHING


def test_the_path_names_the_statement_of_a_batch(
    lrs, multipart, send_multipart, assert_refused, kept_bytes, store, evidence
):
    message = multipart([evidence(b"abc"), evidence(b"abc", b"other")]).add(b"abc")
    assert assert_refused(send_multipart(lrs, message), 400)["path"] == "[1].attachments[1]"
    assert kept_bytes(store) == NOTHING


MALFORMED = {
    "no boundary in the header": lambda body: (body, "multipart/mixed"),
    "no boundary in the body": lambda body: (
        b"Content-Type: application/json\r\n\r\n{}",
        "multipart/mixed; boundary=b",
    ),
    "another boundary": lambda body: (body, "multipart/mixed; boundary=other"),
    "cut": lambda body: (body[:-12], "multipart/mixed; boundary=b"),
    "no part": lambda body: (b"--b--\r\n", "multipart/mixed; boundary=b"),
    "Statements as text": lambda body: (
        body.replace(b"application/json", b"text/plain"),
        "multipart/mixed; boundary=b",
    ),
    "Statements as UTF-16": lambda body: (
        body.replace(b"application/json", b"application/json; charset=utf-16"),
        "multipart/mixed; boundary=b",
    ),
    "a form": lambda body: (body, "multipart/form-data; boundary=b"),
}


@pytest.mark.parametrize("spoil", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_refused(lrs, multipart, assert_refused, kept_bytes, store, evidence, spoil):
    body, content_type = spoil(multipart(evidence(b"abc"), boundary="b").add(b"abc").body())
    assert_refused(lrs.send("POST", data=body, headers={"Content-Type": content_type}), 400)
    assert kept_bytes(store) == NOTHING


ODD_STATEMENTS_TYPES = {
    "charset twice over": "application/json; charset*=a; charset*0*=b",
    "many digits": f"application/json; charset*{'9' * 4301}*=x",
    "a charset with NUL": "application/json; charset*=a\x00b''x",
    "no type": "; charset=utf-8",
}


@pytest.mark.parametrize("kind", ODD_STATEMENTS_TYPES.values(), ids=ODD_STATEMENTS_TYPES)
def test_an_odd_type_of_the_statements_is_refused(
    lrs, multipart, send_multipart, assert_refused, evidence, kind
):
    message = multipart(evidence(b"abc")).add(b"abc")
    message.parts[0][0]["Content-Type"] = kind
    refusal = assert_refused(send_multipart(lrs, message), 400)
    assert refusal["code"] == "malformed_multipart"
    assert "the first part" in refusal["message"]


def test_a_length_of_very_many_digits_is_refused(lrs, multipart, send_multipart, assert_refused, evidence):
    message = multipart(evidence(b"abc")).add(b"abc", Content_Length="9" * 4301)
    assert "4301 digits" in assert_refused(send_multipart(lrs, message), 400)["message"]


PART_HEADERS = [
    "Content-Type",
    "Content-Length",
    "Content-Transfer-Encoding",
    "X-Experience-API-Hash",
    "Subject",
]
PIECES_OF_HEADERS = [
    *("application/json", "text/plain", "binary", "; charset", "; name", "*", "*0", "0*", "=", "utf-8", "''"),
    *(
        "%ff",
        "%",
        '"',
        "\\",
        ";",
        ",",
        "a",
        "\x00",
        "\xff",
        "\u0660",
        "-1",
        "9" * 25,
        "9" * 4301,
        "\r\n ",
        " ",
    ),
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    part=st.integers(0, 1),
    name=st.sampled_from(PART_HEADERS),
    value=st.one_of(
        st.text(max_size=20), st.lists(st.sampled_from(PIECES_OF_HEADERS), max_size=8).map("".join)
    ),
)
@example(part=1, name="Content-Length", value="9" * 4301)
@example(part=0, name="Content-Type", value="application/json; charset*=a; charset*0*=b")
def test_no_header_of_a_part_is_answered_with_a_server_error(client, evidence, part, name, value):
    statement = json.dumps({**evidence(b"abc"), "id": str(uuid.uuid4())}).encode()
    headers = [
        {"Content-Type": "application/json"},
        {
            "Content-Type": "application/x-evidence",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": hashlib.sha256(b"abc").hexdigest(),
        },
    ]
    headers[part][name] = value
    heads = [
        "".join(f"{key}: {one}\r\n" for key, one in each.items()).encode("utf-8", "replace")
        for each in headers
    ]
    body = b"--b\r\n" + heads[0] + b"\r\n" + statement + b"\r\n--b\r\n" + heads[1] + b"\r\nabc\r\n--b--\r\n"
    answer = client.post(
        "/xapi/statements", data=body, headers={"Content-Type": "multipart/mixed; boundary=b"}
    )
    assert answer.status_code in (200, 400), answer.text


def test_the_first_part_may_name_its_charset(lrs, multipart, send_multipart, evidence):
    message = multipart(evidence(b"abc")).add(b"abc")
    message.parts[0][0]["Content-Type"] = "Application/JSON; charset=UTF-8"
    assert send_multipart(lrs, message).status_code == 200


def test_json_may_declare_only_what_has_a_file_url(lrs, assert_refused, evidence):
    refusal = assert_refused(lrs.post([evidence(), evidence(b"abc")]), 400)
    assert (refusal["path"], refusal["code"]) == ("[1].attachments[0]", "invalid_attachment")
    statement = evidence(b"abc")
    assert_refused(lrs.put(statement, statement["id"]), 400)
    assert lrs.post(evidence(b"abc", fileUrl="https://example.org/abc")).status_code == 200


def test_hex_digits_may_be_counted_as_the_octets_they_spell(lrs, multipart, send_multipart, evidence):
    assert send_multipart(lrs, multipart(evidence(b"ffd8ffe0", length=4)).add(b"ffd8ffe0")).status_code == 200


def test_a_statement_may_be_sent_again(lrs, multipart, send_multipart, kept_bytes, store, evidence):
    message = multipart(evidence(b"abc")).add(b"abc")
    assert [send_multipart(lrs, message).status_code for _ in range(3)] == [200, 200, 200]
    assert kept_bytes(store) == ONE


def test_sending_a_statement_again_does_not_add_bytes_to_it(
    lrs, multipart, send_multipart, parts_of, evidence
):
    statement = evidence(b"abc", fileUrl="https://example.org/abc")
    assert lrs.post(statement).status_code == 200
    assert send_multipart(lrs, multipart(statement).add(b"abc")).status_code == 200
    assert len(parts_of(lrs.get(statementId=statement["id"], attachments="true"))) == 1


def test_a_conflict_leaves_no_bytes(
    lrs, multipart, send_multipart, assert_refused, kept_bytes, store, make_statement, evidence
):
    first, fresh = make_statement(), evidence(b"fresh")
    lrs.store(first)
    other = {**evidence(b"abc"), "id": first["id"], "verb": {"id": "https://example.org/verbs/other"}}
    assert_refused(send_multipart(lrs, multipart([fresh, other]).add(b"fresh").add(b"abc")), 409)
    assert lrs.ids() == [first["id"]]
    assert kept_bytes(store) == NOTHING


def test_a_refusal_does_not_take_the_bytes_of_others(lrs, multipart, send_multipart, parts_of, evidence):
    kept = evidence(b"abc")
    assert send_multipart(lrs, multipart(kept).add(b"abc")).status_code == 200
    refused = multipart([evidence(b"abc"), {**evidence(), "id": kept["id"], "result": {"success": True}}])
    assert send_multipart(lrs, refused.add(b"abc")).status_code == 409
    assert parts_of(lrs.get(statementId=kept["id"], attachments="true"))[1][1] == b"abc"


def test_an_invalid_statement_is_refused_before_its_parts_are_kept(
    lrs, multipart, send_multipart, assert_refused, kept_bytes, store, evidence
):
    message = multipart({**evidence(b"abc"), "actor": {}}).add(b"abc")
    assert assert_refused(send_multipart(lrs, message), 400)["path"] == "actor"
    assert kept_bytes(store) == NOTHING


def test_identical_uploads_at_once_are_kept_once(
    lrs, multipart, send_multipart, parts_of, kept_bytes, store, evidence
):
    content = random.Random(3).randbytes(600_000)
    statements = [evidence(content) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda one: send_multipart(lrs, multipart(one).add(content)).status_code, statements)
        )
    assert answers == [200] * 8
    assert kept_bytes(store) == {**ONE, "attachments.chunks": 3}
    assert [part for _, part in parts_of(lrs.get(attachments="true"))[1:]] == [content]


def test_another_store_neither_reads_nor_borrows_the_bytes(
    lrs,
    make_lrs,
    other_store,
    multipart,
    send_multipart,
    parts_of,
    assert_refused,
    kept_bytes,
    store,
    evidence,
):
    other, secret = make_lrs(of=other_store), evidence(b"secret")
    assert send_multipart(lrs, multipart(secret).add(b"secret")).status_code == 200
    assert_refused(send_multipart(other, multipart(evidence(b"secret"))), 400)
    claimed = evidence(b"secret", fileUrl="https://example.org/secret")
    other.store(claimed)
    assert len(parts_of(other.get(statementId=claimed["id"], attachments="true"))) == 1
    assert_refused(other.get(statementId=secret["id"], attachments="true"), 404)
    assert (kept_bytes(store), kept_bytes(other_store)) == (ONE, NOTHING)


def test_a_reader_of_its_own_statements_gets_their_attachments_alone(
    lrs, make_lrs, multipart, send_multipart, parts_of, evidence
):
    mine = make_lrs("statements/write", "statements/read/mine")
    assert send_multipart(lrs, multipart(evidence(b"theirs")).add(b"theirs")).status_code == 200
    assert send_multipart(mine, multipart(evidence(b"mine")).add(b"mine")).status_code == 200
    assert [content for _, content in parts_of(mine.get(attachments="true"))[1:]] == [b"mine"]


def test_every_page_brings_the_attachments_of_its_statements(
    lrs, multipart, send_multipart, parts_of, evidence
):
    contents = [b"one", b"two", b"three"]
    for content in contents:
        assert send_multipart(lrs, multipart(evidence(content)).add(content)).status_code == 200
    answer, found = lrs.get(attachments="true", limit=1), []
    for _ in range(len(contents)):
        [(_, text), (_, content)] = parts_of(answer)
        found.append(content)
        answer = lrs.client.get(json.loads(text)["more"] or "/xapi/about", headers=lrs.headers)
    assert found == contents[::-1]
    assert json.loads(text)["more"] == ""


@pytest.mark.parametrize("form", ["ids", "exact", "canonical"])
def test_every_format_brings_the_attachments(lrs, multipart, send_multipart, parts_of, evidence, form):
    assert send_multipart(lrs, multipart(evidence(b"abc")).add(b"abc")).status_code == 200
    assert parts_of(lrs.get(attachments="true", format=form))[1][1] == b"abc"


def test_a_voided_statement_keeps_its_attachment(
    lrs, multipart, send_multipart, parts_of, make_void, evidence
):
    statement = evidence(b"abc")
    assert send_multipart(lrs, multipart(statement).add(b"abc")).status_code == 200
    lrs.store(make_void(statement["id"]))
    assert parts_of(lrs.get(voidedStatementId=statement["id"], attachments="true"))[1][1] == b"abc"


def test_batches_that_name_many_in_common_and_large_groups_may_have_attachments(
    lrs, multipart, send_multipart, make_statement, make_group, evidence
):
    others = {"other": [{"id": f"https://example.org/{number}"} for number in range(10)]}
    batch = [make_statement(context={"contextActivities": others}) for _ in range(800)]
    batch.append(evidence(b"abc"))
    assert send_multipart(lrs, multipart(batch).add(b"abc")).status_code == 200
    single = {**evidence(b"abc"), "actor": make_group(2_200)}
    assert send_multipart(lrs, multipart(single).add(b"abc")).status_code == 200
    heavy = [{**single, "id": str(uuid.uuid4())}, {**evidence(b"abc"), "actor": make_group(2_200, "other")}]
    answer = send_multipart(lrs, multipart(heavy).add(b"abc"))
    assert answer.status_code == 413
    assert "too large for one transaction" in answer.json()["message"]


@pytest.mark.parametrize("query", [{}, {"attachments": "false"}])
def test_without_the_wish_for_attachments_the_answer_is_json(lrs, multipart, send_multipart, evidence, query):
    statement = evidence(b"wxyz")  # no hexadecimal digits, as ids and digests have
    assert send_multipart(lrs, multipart(statement).add(b"wxyz")).status_code == 200
    for answer in (lrs.get(statementId=statement["id"], **query), lrs.get(**query)):
        assert answer.headers["Content-Type"] == "application/json"
        assert b"wxyz" not in answer.content


def test_attachments_true_is_multipart_even_without_any(lrs, parts_of):
    assert len(parts_of(lrs.get(attachments="true"))) == 1


def test_head_tells_the_length_and_sends_no_body(lrs, multipart, send_multipart, evidence):
    statement = evidence(ALL_BYTES)
    assert send_multipart(lrs, multipart(statement).add(ALL_BYTES)).status_code == 200
    query = {"statementId": statement["id"], "attachments": "true"}
    head, full = lrs.send("HEAD", params=query), lrs.get(**query)
    assert head.headers["Content-Length"] == full.headers["Content-Length"] == str(len(full.content))
    assert (head.status_code, head.content) == (200, b"")


def test_no_content_can_end_its_own_part(lrs, parts_of):
    boundaries = {
        lrs.get(attachments="true").headers["Content-Type"].partition("boundary=")[2] for _ in range(3)
    }
    assert len(boundaries) == 3


def test_the_statements_part_has_the_limit_of_a_body(
    lrs, multipart, send_multipart, assert_refused, evidence
):
    message = multipart({**evidence(b"abc"), "result": {"response": "x" * 3_000_000}}).add(b"abc")
    assert_refused(send_multipart(lrs, message), 413)


def test_an_attachment_beyond_the_limit_is_refused(
    lrs, multipart, send_multipart, assert_refused, kept_bytes, store, evidence
):
    large = bytes(41 * 1024 * 1024)
    refusal = assert_refused(send_multipart(lrs, multipart(evidence(large)).add(large)), 413)
    assert refusal["code"] == "payload_too_large"
    assert kept_bytes(store) == NOTHING


def test_a_large_upload_with_a_wrong_password_is_answered(lrs, multipart, assert_refused, evidence):
    content = bytes(1_500_000)
    message = multipart(evidence(content)).add(content)
    headers = {"Content-Type": message.content_type}
    answer = lrs.send("POST", data=message.body(), headers=headers, auth=("no", "body"))
    assert_refused(answer, 401)


class Watch:
    """The most memory that processes have held together while it looked."""

    def __init__(self, processes):
        self.peak = 0
        self._processes = processes
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self):
        while not self._done.wait(0.002):
            self.peak = max(self.peak, self.now())

    def now(self):
        return sum(process.memory_info().rss for process in self._processes)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


@pytest.fixture
def web_processes(server_url):
    """The web server's worker processes."""
    found = psutil.Process(os.getpid()).children(recursive=True)
    return [process for process in found if WORKER in process.cmdline()]


def test_an_attachment_is_never_held_in_memory(client, multipart, parts_of, evidence, web_processes):
    size = 39 * 1024 * 1024

    def post_and_read_back(content, **headers_of_get):
        statement = evidence(content)
        message = multipart(statement).add(content)
        headers = {"X-Experience-API-Version": "1.0.3", "Content-Type": message.content_type}
        query = f"/xapi/statements?statementId={statement['id']}&attachments=true"
        body = message.body()
        assert client.post("/xapi/statements", data=body, headers=headers).status_code == 200
        assert parts_of(client.get(query, headers=headers_of_get))[1][1] == content

    assert len(web_processes) >= 2
    for number in range(8):  # what a process loads for its first attachment does not count
        post_and_read_back(bytes([number]), Connection="close")  # so that each has its turn
    content = random.Random(5).randbytes(size)
    with Watch(web_processes) as watch:
        before = watch.now()
        post_and_read_back(content)
    assert watch.peak - before < size / 2


def test_statement_ids_are_made_for_statements_with_attachments(
    lrs, multipart, send_multipart, parts_of, evidence
):
    statement = {key: value for key, value in evidence(b"abc").items() if key != "id"}
    [made] = send_multipart(lrs, multipart(statement).add(b"abc")).json()
    assert uuid.UUID(made).version == 4
    assert parts_of(lrs.get(statementId=made, attachments="true"))[1][1] == b"abc"
