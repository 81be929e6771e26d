"""Rules 45 to 48 of docs/rules.md: multipart bodies and signatures."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

EVIL = b"\xff\x00\r\n--boundary\n\x80 \xc3("
SIGNATURE = {
    "usageType": "http://adlnet.gov/expapi/attachments/signature",
    "contentType": "application/octet-stream",
}


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize("quote", ['"', ""])
def test_rule_45_parts_are_found_in_every_spelling_and_bytes_never_decoded(
    either, multipart, make_statement, make_attachment, parts_of, newline, quote
):
    statement = make_statement(attachments=[make_attachment(EVIL)])
    message = multipart(statement, boundary="bound", newline=newline).add(EVIL)
    body = b"preamble" + newline + message.body() + b"epilogue"
    headers = {"Content-Type": f"multipart/mixed; boundary={quote}bound{quote}"}
    answer = either.send("POST", data=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found = parts_of(either.get(statementId=statement["id"], attachments="true"))
    assert found[1][1] == EVIL
    assert found[1][0]["Content-Transfer-Encoding"] == "binary"


def test_rule_45_a_part_without_its_hash_is_refused_and_without_encoding_binary(
    either, multipart, send_multipart, make_statement, make_attachment, assert_refused
):
    message = multipart(make_statement(attachments=[make_attachment(EVIL)]))
    assert_refused(send_multipart(either, message.add(EVIL, X_Experience_API_Hash=None)), 400)
    message.parts.pop()
    assert send_multipart(either, message.add(EVIL, Content_Transfer_Encoding=None)).status_code == 200


def test_rule_46_parts_and_declarations_agree(
    either, multipart, send_multipart, make_statement, make_attachment, assert_refused
):
    declared = make_statement(attachments=[make_attachment(b"one")])
    bad = [
        multipart(declared),
        multipart(declared).add(b"one").add(b"two"),
        multipart(declared).add(b"two", sha2=make_attachment(b"one")["sha2"]),
        multipart(make_statement(attachments=[make_attachment(b"one", length=4)])).add(b"one"),
    ]
    for message in bad:
        assert_refused(send_multipart(either, message), 400)
    assert_refused(either.post(declared), 400)
    assert either.ids() == []


def test_rule_46_parts_may_be_shared_and_a_file_url_needs_none(
    either, multipart, send_multipart, make_statement, make_attachment
):
    pair = [make_statement(attachments=[make_attachment(b"one")]) for _ in range(2)]
    assert send_multipart(either, multipart(pair).add(b"one")).status_code == 200
    elsewhere = make_attachment(b"two", fileUrl="https://example.org/two")
    assert send_multipart(either, multipart(make_statement(attachments=[elsewhere]))).status_code == 200
    assert send_multipart(either, multipart(make_statement())).status_code == 200
    assert either.post(make_statement(attachments=[elsewhere])).status_code == 200


def test_rule_47_what_can_be_read_has_its_parts(
    either, multipart, send_multipart, make_statement, make_attachment, parts_of
):
    names = []
    for number in range(5):
        content = str(number).encode() * 100_000
        statement = make_statement(attachments=[make_attachment(content)])
        send_multipart(either, multipart(statement).add(content))
        names.append(statement["id"])
        seen = parts_of(either.get(limit=1, attachments="true"))
        assert json.loads(seen[0][1])["statements"][0]["id"] == statement["id"]
        assert seen[1][1] == content


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def send_signed(either, multipart, send_multipart, make_attachment):
    """Send a Statement with the text of its signature."""

    def send(statement, text):
        signed = {**statement, "attachments": [make_attachment(text, **SIGNATURE)]}
        message = multipart(signed).add(text, Content_Type="application/octet-stream")
        return send_multipart(either, message)

    return send


def encoded(text):
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def signed(payload, algorithm, key):
    """Return the JWS in compact serialization."""
    parts = [json.dumps({"alg": algorithm}), json.dumps(payload)]
    text = b".".join(encoded(part.encode()) for part in parts)
    digest = getattr(hashes, f"SHA{algorithm[2:]}")()
    return text + b"." + encoded(key.sign(text, padding.PKCS1v15(), digest))


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_rule_48_a_signature_says_what_the_statement_says(
    send_signed, make_statement, assert_refused, key, algorithm
):
    statement = make_statement(timestamp="2020-01-01T05:30:00+05:30")
    assert send_signed(statement, signed(statement, algorithm, key)).status_code == 200
    other = make_statement(verb={"id": "https://example.org/other"})
    assert_refused(send_signed(make_statement(), signed(other, algorithm, key)), 400)


def test_rule_48_a_signature_is_returned_as_it_was_and_still_says_the_same(
    either, send_signed, make_statement, parts_of, key
):
    statement = make_statement(timestamp="2020-01-01T05:30:00+05:30")
    text = signed(statement, "RS256", key)
    send_signed(statement, text)
    kept, signature = parts_of(either.get(statementId=statement["id"], attachments="true"))
    assert signature[1] == text
    payload = signature[1].split(b".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + b"==")) == statement
    again = {**json.loads(kept[1]), "attachments": None}
    again = {name: value for name, value in again.items() if value is not None}
    assert send_signed(again, text).status_code == 200


def test_rule_48_malformed_signatures_and_other_algorithms_are_refused(
    send_signed, make_statement, assert_refused, key
):
    statement = make_statement()
    for text in (b"", b"a.b", b"a.b.c", json.dumps(statement).encode(), signed(statement, "PS256", key)):
        assert_refused(send_signed(statement, text), 400)
