"""Statements with their attachments on the wire (xAPI 1.0.3 Communication 1.5): JSON, or multipart/mixed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

from flask import Response, request
from werkzeug.http import parse_options_header

from lrs.resources.bodies import open_body, read_up_to
from lrs.resources.multipart import RULE, Part, PartReader, WrittenPart, write_parts, written_length
from lrs.resources.requests import json_as_sent, settings
from lrs.statements.attachments import SentAttachment, StoredAttachment
from schemas.errors import InvalidInputError

MULTIPART = "multipart/mixed"
HASH_HEADER = "X-Experience-API-Hash"
ENCODING_HEADER = "Content-Transfer-Encoding"
BINARY = "binary"
LENGTH_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Submission:
    """A request's JSON text, and its attachments as they arrive; None if it has only JSON."""

    body: bytes
    attachments: Iterator[SentAttachment] | None


def read_submission(limit: int) -> Submission:
    """Return what the request sends, with up to `limit` bytes of Statements.

    Raise InvalidInputError, PayloadTooLargeError or for another content type.
    """
    if request.mimetype != MULTIPART:
        return Submission(json_as_sent(limit), None)
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary:
        raise _refusal("the Content-Type names no boundary; send multipart/mixed; boundary=...")
    stream = open_body(request, settings().max_multipart_bytes)
    parts = PartReader(stream, boundary).parts()
    first = next(parts, None)
    if first is None:
        raise _refusal("the body has no part; send the Statements in the first one")
    return Submission(_statements_in(first, limit), _attachments_in(parts))


def _statements_in(part: Part, limit: int) -> bytes:
    kind, options = parse_options_header(_field(part.headers, "Content-Type") or "text/plain")
    if kind.lower() != "application/json":
        raise _refusal(f"the first part is {kind!r}; send the Statements there as application/json")
    charset = options.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise _refusal(f"the first part has the charset {charset!r}; send JSON as UTF-8")
    return read_up_to(part.chunks, limit, request.environ)


def _attachments_in(parts: Iterator[Part]) -> Iterator[SentAttachment]:
    for part in parts:
        encoding = _field(part.headers, ENCODING_HEADER) or BINARY
        if encoding.lower() != BINARY:
            raise _refusal(f"a part has the {ENCODING_HEADER} {encoding!r}; send binary, unencoded")
        sha2 = _field(part.headers, HASH_HEADER).lower()
        if not sha2:
            raise _refusal(
                f"a part after the first has no {HASH_HEADER}; send its SHA-2 as the Statement declares it"
            )
        yield SentAttachment(sha2, _field(part.headers, "Content-Type"), _length(part.headers), part.chunks)


def _length(headers: Message) -> int | None:
    """Return the Content-Length of a part, None where it names no number."""
    length = _field(headers, "Content-Length")
    if not length.isdecimal():
        return None
    if len(length) > LENGTH_DIGITS:
        raise _refusal(f"a part has a Content-Length of {len(length)} digits; send the number of its bytes")
    return int(length)


def _field(headers: Message, name: str) -> str:
    return str(headers.get(name, "")).strip()


def multipart_response(body: bytes, attachments: Sequence[StoredAttachment]) -> Response:
    """Return the Statements (JSON) and the attachments as multipart/mixed, streamed.

    The boundary is random each time, so that no attachment can be made that ends its own part.
    """
    boundary = secrets.token_hex(24)
    statements = WrittenPart([("Content-Type", "application/json")], [body], len(body))
    parts = [statements, *(_written(attachment) for attachment in attachments)]
    response = Response(write_parts(boundary, parts), content_type=f"{MULTIPART}; boundary={boundary}")
    response.content_length = written_length(boundary, parts)
    return response


def _written(attachment: StoredAttachment) -> WrittenPart:
    headers = [
        ("Content-Type", attachment.content_type),
        (ENCODING_HEADER, BINARY),
        (HASH_HEADER, attachment.sha2),
    ]
    return WrittenPart(headers, attachment.chunks, attachment.length)


def _refusal(message: str) -> InvalidInputError:
    return InvalidInputError(message, rule=RULE, code="malformed_multipart")
