"""Statements with their attachments on the wire (xAPI 1.0.3 Communication 1.5): JSON, or multipart/mixed."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

from flask import Response, request
from werkzeug.http import parse_options_header

from lrs.errors import PayloadTooLargeError
from lrs.resources.encodings import decoded
from lrs.resources.multipart import RULE, Part, PartReader, Readable, WrittenPart, write_parts, written_length
from lrs.resources.requests import json_body, settings
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


def _body_stream() -> Readable:
    """Return the body without a length limit: the web server limits the whole, this module the parts."""
    request.max_content_length = sys.maxsize
    return decoded(request.stream, request.headers)


def read_submission() -> Submission:
    """Return what the request sends; raise InvalidInputError, PayloadTooLargeError or for another content type."""
    if request.mimetype != MULTIPART:
        return Submission(json_body(), None)
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary:
        raise _refusal("the Content-Type names no boundary; send multipart/mixed; boundary=...")
    parts = PartReader(_body_stream(), boundary).parts()
    first = next(parts, None)
    if first is None:
        raise _refusal("the body has no part; send the Statements in the first one")
    return Submission(_statements_in(first), _attachments_in(parts))


def _statements_in(part: Part) -> bytes:
    kind, options = parse_options_header(_field(part.headers, "Content-Type") or "text/plain")
    if kind.lower() != "application/json":
        raise _refusal(f"the first part is {kind!r}; send the Statements there as application/json")
    charset = options.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise _refusal(f"the first part has the charset {charset!r}; send JSON as UTF-8")
    limit, body = settings().max_body_bytes, bytearray()
    for chunk in part.chunks:
        body += chunk
        if len(body) > limit:
            message = f"The part with the Statements is larger than {limit} bytes; send smaller batches."
            raise PayloadTooLargeError(message, rule=RULE)
    return bytes(body)


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
