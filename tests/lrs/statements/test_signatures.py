"""Signed Statements: the JWS must be well formed, verify by its certificate, and say what the Statement says."""

import base64
import copy
import datetime
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lrs.statements.signatures import check_signature
from schemas.errors import InvalidInputError
from schemas.versions import XAPI_1_0_3, XAPI_2_0_0

USAGE = "http://adlnet.gov/expapi/attachments/signature"
ALL_RSA = ["RS256", "RS384", "RS512"]


@pytest.fixture(params=["1.0.3", "2.0.0"])
def lrs(request, lrs):
    """The same client under each version."""
    lrs.version = request.param
    return lrs


class Signer:
    """A key, and the certificates that name it."""

    def __init__(self, name, key=None):
        self.key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    def certify(self, other):
        """Return a certificate of another signer's key (DER in base64), issued by this one."""
        start = datetime.datetime(2020, 1, 1)
        builder = x509.CertificateBuilder(self.name, other.name, other.key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
        certificate = builder.not_valid_after(start + datetime.timedelta(days=1)).sign(
            self.key, hashes.SHA256()
        )
        return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, payload, algorithm="RS256", **header):
        text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signed = encode({"alg": algorithm, **header}) + b"." + encode(text)
        digest = getattr(hashes, algorithm.replace("RS", "SHA"))()
        return signed + b"." + encode(self.key.sign(signed, padding.PKCS1v15(), digest))


def encode(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


@pytest.fixture(scope="session")
def signer():
    return Signer("Signer")


@pytest.fixture(scope="session")
def authority():
    return Signer("Authority")


@pytest.fixture
def signature_of():
    """Make what a Statement declares of a signature."""
    return lambda text, **properties: {
        "usageType": USAGE,
        "display": {"en": "Signature"},
        "contentType": "application/octet-stream",
        "length": len(text),
        "sha2": hashlib.sha256(text).hexdigest(),
        **properties,
    }


@pytest.fixture
def send_signed(lrs, multipart, send_multipart, signature_of):
    """Send a Statement with a signature, and parts for other attachments."""

    def send(statement, text, *contents, method="POST", **properties):
        attachments = [*statement.get("attachments", []), signature_of(text, **properties)]
        message = multipart({**statement, "attachments": attachments})
        message.add(text, Content_Type=None)
        for content in contents:
            message.add(content)
        params = {"statementId": statement["id"]} if method == "PUT" else {}
        return send_multipart(lrs, message, method, params=params)

    return send


@pytest.mark.parametrize("algorithm", ALL_RSA)
@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("PUT", 204)])
def test_a_good_signature_is_stored_and_returned(
    lrs, send_signed, make_statement, signer, parts_of, algorithm, method, status
):
    statement = make_statement()
    text = signer.sign(statement, algorithm)
    assert send_signed(statement, text, method=method).status_code == status
    assert parts_of(lrs.get(statementId=statement["id"], attachments="true"))[1][1] == text


@pytest.mark.parametrize("algorithm", ALL_RSA)
def test_the_certificate_verifies_the_signature(send_signed, make_statement, signer, algorithm):
    statement = make_statement()
    text = signer.sign(statement, algorithm, x5c=[signer.certify(signer)])
    assert send_signed(statement, text).status_code == 200


def test_a_chain_in_its_order_is_accepted(send_signed, make_statement, signer, authority):
    statement = make_statement()
    chain = [authority.certify(signer), authority.certify(authority)]
    assert send_signed(statement, signer.sign(statement, x5c=chain)).status_code == 200


def certificate_cases(signer, authority):
    elliptic = Signer("Elliptic", ec.generate_private_key(ec.SECP256R1()))
    namesake = Signer("Authority")
    return {
        "of another key": [authority.certify(authority)],
        "in the wrong order": [authority.certify(authority), authority.certify(signer)],
        "that do not follow": [authority.certify(signer), signer.certify(signer)],
        "of a namesake": [authority.certify(signer), namesake.certify(namesake)],
        "without an RSA key": [authority.certify(elliptic)],
        "that are none": [base64.b64encode(b"none").decode()],
        "that are no base64": ["*"],
        "that are no text": [1],
        "that are no list": "MIID",
        "that are absent": [],
    }


CERTIFICATE_CASES = (
    "of another key",
    "in the wrong order",
    "that do not follow",
    "of a namesake",
    "without an RSA key",
    "that are none",
    "that are no base64",
    "that are absent",
)


@pytest.mark.parametrize("case", CERTIFICATE_CASES)
def test_certificates_are_refused(
    send_signed, make_statement, assert_refused, kept_bytes, store, signer, authority, case
):
    statement = make_statement()
    text = signer.sign(statement, x5c=certificate_cases(signer, authority)[case])
    assert assert_refused(send_signed(statement, text), 400)["code"] == "invalid_signature"
    assert kept_bytes(store)["attachments.chunks"] == 0


def with_header(header, payload):
    return b".".join([encode(header), encode(payload), encode(b"signature")])


MALFORMED = {
    "empty": lambda text, payload: b"",
    "plain text": lambda text, payload: b"Ada was here",
    "the Statement itself": lambda text, payload: json.dumps(payload).encode(),
    "two segments": lambda text, payload: text.rsplit(b".", 1)[0],
    "four segments": lambda text, payload: text + b".e30",
    "no signature": lambda text, payload: text.rsplit(b".", 1)[0] + b".",
    "a line end after it": lambda text, payload: text + b"\n",
    "a header that is no JSON": lambda text, payload: b"bm9uZQ." + text.split(b".", 1)[1],
    "a header that is a list": lambda text, payload: with_header([], payload),
    "a header that is a number": lambda text, payload: with_header(7, payload),
    "no algorithm": lambda text, payload: with_header({"typ": "JWT"}, payload),
    "an algorithm that is a list": lambda text, payload: with_header({"alg": ["RS256"]}, payload),
    "an unknown critical header": lambda text, payload: with_header(
        {"alg": "RS256", "crit": ["exp"], "exp": 1}, payload
    ),
    "a length that base64 has not": lambda text, payload: text.rsplit(b".", 1)[0] + b".abcde",
    "no base64url": lambda text, payload: text.replace(b".", b".*", 1),
    "JSON serialization": lambda text, payload: json.dumps(
        dict(zip(("protected", "payload", "signature"), text.decode().split("."), strict=True))
    ).encode(),
}


@pytest.mark.parametrize("spoil", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_signature_is_refused(
    send_signed, make_statement, assert_refused, kept_bytes, store, signer, spoil
):
    statement = make_statement()
    refusal = assert_refused(send_signed(statement, spoil(signer.sign(statement), statement)), 400)
    assert (refusal["code"], refusal["path"]) == ("invalid_signature", "attachments[0]")
    assert kept_bytes(store)["attachments.chunks"] == 0


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "PS256", "ES256", "EdDSA", "rs256", "RS1"])
def test_another_algorithm_is_refused(send_signed, make_statement, assert_refused, algorithm):
    statement = make_statement()
    refusal = assert_refused(send_signed(statement, with_header({"alg": algorithm}, statement)), 400)
    assert "RS256, RS384 or RS512" in refusal["message"]


def test_a_shared_secret_is_no_signer(send_signed, make_statement, assert_refused):
    statement = make_statement()
    signed = with_header({"alg": "HS256"}, statement).rsplit(b".", 1)[0]
    text = signed + b"." + encode(hmac.digest(b"secret", signed, "sha256"))
    assert_refused(send_signed(statement, text), 400)


PAYLOADS = {
    "no JSON": b"{'actor'",
    "twice the same key": b'{"actor":{},"actor":{}}',
    "a list": b"[]",
    "a text": b'"statement"',
    "no Statement": b'{"actor":{"mbox":"mailto:ada@example.org"}}',
    "no UTF-8": b'{"a":"\xff"}',
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_that_is_no_statement_is_refused(
    send_signed, make_statement, assert_refused, signer, payload
):
    refusal = assert_refused(send_signed(make_statement(), signer.sign(payload)), 400)
    assert "is not a Statement" in refusal["message"]


FULL = {
    "timestamp": "2024-05-06T07:08:09Z",
    "version": "1.0.0",
    "result": {"score": {"scaled": 0.5}, "duration": "PT1M"},
    "context": {"registration": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "platform": "paper"},
}
TAMPERED = {
    "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bef",
    "actor": {"mbox": "mailto:eve@example.org"},
    "verb": {"id": "https://example.org/verbs/passed"},
    "object": {"id": "https://example.org/nuggets/2"},
    "result": {"score": {"scaled": 0.6}, "duration": "PT1M"},
    "context": {"platform": "paper"},
    "timestamp": "2024-05-06T07:08:10Z",
    "version": "1.0.1",
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_statement_that_differs_from_what_was_signed_is_refused(
    send_signed, make_statement, assert_refused, signer, name
):
    signed = make_statement(**FULL)
    refusal = assert_refused(send_signed({**signed, name: TAMPERED[name]}, signer.sign(signed)), 400)
    assert "differs" in refusal["message"]


LOGICALLY_EQUAL = {
    "what the LRS sets": lambda one: {
        **one,
        "stored": "2001-01-01T00:00:00Z",
        "authority": {"mbox": "mailto:x@y.org"},
    },
    "the time zone": lambda one: {**one, "timestamp": "2024-05-06T09:08:09.000+02:00"},
    "the domain's case": lambda one: {**one, "actor": {"mbox": "mailto:ada@EXAMPLE.org"}},
    "the verb's display": lambda one: {**one, "verb": {**one["verb"], "display": {"en": "read"}}},
    "a definition": lambda one: {**one, "object": {**one["object"], "definition": {"name": {"en": "One"}}}},
    "order of keys": lambda one: dict(reversed(one.items())),
    "the form of a number": lambda one: {**one, "result": {"duration": "PT1M", "score": {"scaled": 5e-1}}},
    "a missing id": lambda one: {key: value for key, value in one.items() if key != "id"},
    "a missing timestamp and version": lambda one: {
        key: value for key, value in one.items() if key not in ("timestamp", "version")
    },
}


@pytest.mark.parametrize("change", LOGICALLY_EQUAL.values(), ids=LOGICALLY_EQUAL)
def test_differences_that_do_not_count_are_ignored(send_signed, make_statement, signer, change):
    statement = make_statement(**FULL)
    assert send_signed(statement, signer.sign(change(statement))).status_code == 200


def test_the_id_that_was_signed_is_the_id_it_gets(lrs, send_signed, make_statement, assert_refused, signer):
    signed = make_statement()
    nameless = {key: value for key, value in signed.items() if key != "id"}
    assert_refused(send_signed(nameless, signer.sign(signed)), 400)
    assert send_signed(nameless, signer.sign(nameless)).status_code == 200


def test_other_attachments_are_signed_with_the_statement(
    send_signed, make_statement, make_attachment, assert_refused, signer
):
    statement = make_statement(attachments=[make_attachment(b"evidence")])
    bare = {key: value for key, value in statement.items() if key != "attachments"}
    swapped = {**statement, "attachments": [make_attachment(b"other")]}
    assert send_signed(statement, signer.sign(statement), b"evidence").status_code == 200
    assert_refused(send_signed(swapped, signer.sign(statement), b"other"), 400)
    assert_refused(send_signed(statement, signer.sign(bare), b"evidence"), 400)


def test_several_may_sign(lrs, multipart, send_multipart, make_statement, signature_of, signer, authority):
    statement = make_statement()
    first = signer.sign(statement)
    second = authority.sign({**statement, "attachments": [signature_of(first)]})
    both = {**statement, "attachments": [signature_of(first), signature_of(second)]}
    message = multipart(both).add(first, Content_Type=None).add(second, Content_Type=None)
    assert send_multipart(lrs, message).status_code == 200


def test_a_long_statement_may_be_signed(send_signed, make_statement, signer):
    statement = make_statement(result={"response": "x" * 400_000})
    assert send_signed(statement, signer.sign(statement)).status_code == 200


def test_a_signature_has_its_own_content_type(send_signed, make_statement, assert_refused, signer):
    statement = make_statement()
    refusal = assert_refused(send_signed(statement, signer.sign(statement), contentType="text/plain"), 400)
    assert refusal["path"] == "attachments[0].contentType"


def test_a_signature_must_come_along(lrs, make_statement, assert_refused, signature_of, signer):
    statement = make_statement()
    attachment = signature_of(signer.sign(statement), fileUrl="https://example.org/signature")
    refusal = assert_refused(lrs.post({**statement, "attachments": [attachment]}), 400)
    assert refusal["path"] == "attachments[0]"


@pytest.fixture(scope="session")
def published_example():
    """The example of xAPI 1.0.3 Data, appendix D: a short key, certificates that expired, SHA-1 in them."""
    return json.loads(Path(__file__).with_name("appendix_d.json").read_text())


@pytest.mark.parametrize("rules", [XAPI_1_0_3, XAPI_2_0_0], ids=lambda rules: rules.name)
def test_the_example_of_the_specification_is_accepted(published_example, rules):
    statement = published_example["statement"]
    text = published_example["signature"].encode()
    check_signature(text, statement["attachments"][0], statement, rules, "attachments[0]")


@pytest.mark.parametrize("rules", [XAPI_1_0_3, XAPI_2_0_0], ids=lambda rules: rules.name)
def test_the_example_is_refused_once_a_byte_of_it_changed(published_example, rules):
    statement = copy.deepcopy(published_example["statement"])
    head, payload, signature = published_example["signature"].encode().split(b".")
    changed = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    statement["actor"]["name"] = changed["actor"]["name"] = "Somebody else"
    text = b".".join([head, encode(changed), signature])
    with pytest.raises(InvalidInputError, match="does not verify"):
        check_signature(text, statement["attachments"][0], statement, rules, "attachments[0]")
