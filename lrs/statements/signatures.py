"""Signed Statements (xAPI 1.0.3 Data 2.6): the JSON web signature among a Statement's attachments.

As the specification says, this catches mistakes; it does not prove who signed. Certificates are not checked against
any certificate authority, and their validity dates are ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lrs.statements.fingerprint import fingerprint
from schemas.compiled import check_statement
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json, require_few_values
from schemas.timestamps import parse_timestamp
from schemas.versions import VersionRules
from schemas.vocabulary import SIGNATURE_USAGE

RULE = "xAPI 1.0.3 Data 2.6"
CONTENT_TYPE = "application/octet-stream"
ALGORITHMS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "RS256": hashes.SHA256,
    "RS384": hashes.SHA384,
    "RS512": hashes.SHA512,
}
KEPT_IF_GIVEN: Mapping[str, Callable[[Any], Any]] = {
    "id": str.lower,
    "version": str,
    "timestamp": parse_timestamp,
}
"""Properties that the LRS sets where they are missing: compared where both sides have them."""

Payload = Mapping[str, Any]


_SEGMENT = rb"[A-Za-z0-9_-]+"
_COMPACT = re.compile(rb"(%b\.%b)\.(%b)" % (_SEGMENT, _SEGMENT, _SEGMENT))


@dataclass(frozen=True, slots=True)
class Jws:
    """A JSON web signature (RFC 7515), taken apart; `signed` is the text that the signature is of."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def is_signature(attachment: Payload) -> bool:
    """Return whether an attachment is the signature of its Statement."""
    return bool(attachment["usageType"] == SIGNATURE_USAGE)


def check_signature(
    text: bytes, attachment: Payload, statement: Payload, rules: VersionRules, path: str
) -> None:
    """Raise InvalidInputError unless the text of the attachment is a well-formed signature of this Statement."""
    if attachment["contentType"].lower() != CONTENT_TYPE:
        raise _refusal(
            f"a signature has the content type {CONTENT_TYPE!r}, not {attachment['contentType']!r}; send it so",
            f"{path}.contentType",
        )
    found = _read(text, path)
    certificates = _certificates(found.header.get("x5c"), path)
    if certificates:
        _verify(found, certificates, path)
    _compare(_signed_statement(found.payload, rules, path), statement, path)


def _read(text: bytes, path: str) -> Jws:
    try:
        found = _take_apart(text)
    except (ValueError, KeyError, TypeError) as error:
        raise _refusal(
            f"the signature is not a JWS in compact serialization ({error}); "
            "send header.payload.signature in base64url",
            path,
        ) from error
    if found.header["alg"] not in ALGORITHMS:
        raise _refusal(
            f"the signature's algorithm is {found.header['alg']!r}; use RS256, RS384 or RS512", path
        )
    return found


def _take_apart(text: bytes) -> Jws:
    found = _COMPACT.fullmatch(text)
    if not found:
        raise ValueError("not three texts in base64url with dots between")
    head, payload = found[1].split(b".")
    described = _decode(head)
    require_few_values(described)
    header = parse_json(described)
    if not isinstance(header, dict) or not isinstance(header["alg"], str):
        raise ValueError("the header is not an object with an alg")
    if "crit" in header:  # none of those is understood here (RFC 7515 4.1.11)
        raise ValueError("the header has crit")
    return Jws(header, _decode(payload), _decode(found[2]), found[1])


def _decode(segment: bytes) -> bytes:
    return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def _certificates(chain: Any, path: str) -> list[x509.Certificate]:
    if chain is None:
        return []
    try:
        certificates = [
            x509.load_der_x509_certificate(base64.b64decode(item, validate=True)) for item in chain
        ]
    except (ValueError, TypeError, binascii.Error) as error:
        raise _refusal(
            "x5c is not a list of certificates, each DER in base64 (RFC 7515 4.1.6); send such a list", path
        ) from error
    if not certificates:
        raise _refusal("x5c is an empty list; send the certificate, or leave x5c out", path)
    return certificates


def _verify(found: Jws, chain: list[x509.Certificate], path: str) -> None:
    key = chain[0].public_key()
    if not isinstance(key, RSAPublicKey):
        raise _refusal("the first certificate of x5c has no RSA key; send the signer's first", path)
    try:
        key.verify(found.signature, found.signed, PKCS1v15(), ALGORITHMS[found.header["alg"]]())
    except InvalidSignature as error:
        message = "the first certificate of x5c does not verify the signature; send the signer's"
        raise _refusal(message, path) from error
    for position, (subject, issuer) in enumerate(pairwise(chain)):
        if not _issued(subject, issuer):
            message = (
                f"certificate {position + 1} of x5c did not certify certificate {position}; order the chain"
            )
            raise _refusal(message, path)


def _issued(subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    if subject.issuer != issuer.subject:
        return False
    try:
        subject.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError):
        return False
    except (ValueError, UnsupportedAlgorithm):
        return True  # signed with SHA-1, as in the specification's own example: the names must do
    return True


def _signed_statement(text: bytes, rules: VersionRules, path: str) -> Payload:
    try:
        require_few_values(text)
        signed = parse_json(text)
        check_statement(signed, rules)
    except InvalidInputError as error:
        raise _refusal(
            f"the payload of the signature is not a Statement ({error}); sign the Statement", path
        ) from error
    assert isinstance(signed, dict)  # as every Statement is
    return signed


def _compare(signed: Payload, statement: Payload, path: str) -> None:
    differing = [
        name
        for name, form in KEPT_IF_GIVEN.items()
        if name in signed and name in statement and form(signed[name]) != form(statement[name])
    ]
    if _other_attachments(signed) != _other_attachments(statement):
        differing.append("attachments")
    if fingerprint(signed) != fingerprint(statement):
        differing.append("actor, verb, object, result or context")
    if differing:
        raise _refusal(
            f"the Statement that was signed differs from this one ({', '.join(differing)}); sign what is sent",
            path,
        )


def _other_attachments(statement: Payload) -> Counter[tuple[str, str]]:
    return Counter(
        (attachment["usageType"], attachment["sha2"].lower())
        for attachment in statement.get("attachments", [])
        if not is_signature(attachment)
    )


def _refusal(message: str, path: str) -> InvalidInputError:
    return InvalidInputError(message, path=path, rule=RULE, code="invalid_signature")
