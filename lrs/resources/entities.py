"""What every answer with an ETag looks like, and 304 for a client that has it already."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request
from werkzeug.http import http_date


def entity_response(body: bytes, content_type: str, etag: str, updated: int | None = None) -> Response:
    """Return the body with ETag and Last-Modified; caches must ask again before they use it."""
    response = Response(body, content_type=content_type)
    if request.if_none_match.contains_weak(etag) and not request.if_none_match.star_tag:
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        del response.headers["Content-Type"]
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    if updated is not None:
        response.headers["Last-Modified"] = http_date(updated // 1_000_000)
    return response
