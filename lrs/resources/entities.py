"""ETags: the headers of answers, 304 for clients that have the current value, and the preconditions of changes."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request
from werkzeug.datastructures import ETags
from werkzeug.http import http_date

from lrs.documents import ANY, Preconditions
from lrs.errors import RequestRefusedError
from lrs.resources.encodings import plain_etag


def entity_response(body: bytes, content_type: str, etag: str, updated: int | None = None) -> Response:
    """Return the body with ETag and Last-Modified, or 304 to a client that has it."""
    response = Response(body, content_type=content_type)
    known = [tag for tag in request.if_none_match.as_set(include_weak=True) if plain_etag(tag) == etag]
    if known:
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        del response.headers["Content-Type"]
    response.set_etag(known[0] if known else etag)
    if updated is not None:
        response.headers["Last-Modified"] = http_date(updated // 1_000_000)
    return response


def sent_preconditions() -> Preconditions:
    """Return what If-Match and If-None-Match of the request say; raise (400) for one without an ETag."""
    return Preconditions(_tags("If-Match", request.if_match), _tags("If-None-Match", request.if_none_match))


def _tags(header: str, tags: ETags) -> frozenset[str] | None:
    """Return the ETags of a header without their quotes; a weak one (`W/`) counts as the strong one."""
    if header not in request.headers:
        return None
    sent = request.headers[header].strip()
    named = {ANY} if tags.star_tag else tags.as_set(include_weak=True)
    found = frozenset(plain_etag(tag) for tag in named)
    if not found:
        raise RequestRefusedError(
            f'{header}: {sent} names no ETag; send "<ETag>", several with commas, or *.'
        )
    return found
