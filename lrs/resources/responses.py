"""How every answer looks: the headers of the xAPI, and one JSON shape for all errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from flask import Flask, Response, current_app, request
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from lrs.errors import (
    InsufficientStorageError,
    LrsError,
    ServiceUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
    UnsupportedContentEncodingError,
)
from lrs.resources.encodings import ACCEPTED
from lrs.resources.refusals import note_refusal
from lrs.resources.requests import VERSION_HEADER, answered_version, sent_authorization
from lrs.storage.driver_errors import as_unavailable
from schemas.answers import ErrorSchema
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json

BASIC = 'Basic realm="Learnerprise", charset="UTF-8"'
BEARER = 'Bearer realm="Learnerprise", error="invalid_token"'
KEPT_BY_NOBODY, ASKED_AGAIN = "private, no-store", "private, no-cache"
SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
"""What tells a browser to take an answer for nothing but data."""

_logger = logging.getLogger("lrs.requests")
_ERROR = ErrorSchema()


class ClientError(Protocol):
    """The attributes that every error of the service has."""

    status: int
    code: str
    message: str
    path: str
    rule: str


def error_response(error: ClientError) -> Response:
    """Return the error: code, message, path in the payload, rule of the specification.

    As JSON, or as a page or plain text for those who prefer that (`Accept`).
    """
    note_refusal(error.code, error.rule, error.path)
    body = _ERROR.dump(error)
    kind = request.accept_mimetypes.best_match(list(_WRITERS), default=JSON) or JSON
    show = current_app.extensions.get(ERROR_PAGE) if kind == HTML else None
    response = (
        show(body, error.status) if show else Response(_WRITERS[kind](body), error.status, mimetype=kind)
    )
    response.vary.add("Accept")
    if error.status == UnauthorizedError.status and not _is_page_load():
        sent = sent_authorization()
        response.headers["WWW-Authenticate"] = BEARER if sent is not None and sent.type == "bearer" else BASIC
    if error.status == UnsupportedContentEncodingError.status:
        response.headers["Accept-Encoding"] = ACCEPTED
    if error.status in RETRIED_LATER:
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    return response


def _is_page_load() -> bool:
    """Return whether a browser loads a page, a frame or an image, and not a script or another program.

    Challenged, it would ask its user for a password, and from then on add it to whatever any page lets it send here.
    """
    mode = request.headers.get("Sec-Fetch-Mode", "cors")
    return mode not in ("cors", "same-origin") or "text/html" in request.headers.get("Accept", "").lower()


def _text(body: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\n" for name, value in body.items() if value).encode()


def _page(body: Mapping[str, str]) -> bytes:
    rows = "".join(f"<dt>{name}<dd>{escape(value)}" for name, value in body.items() if value)
    return f'<!doctype html><html lang="en"><title>{escape(body["code"])}</title><dl>{rows}</dl>'.encode()


RETRIED_LATER = {ServiceUnavailableError.status, TooManyRequestsError.status, InsufficientStorageError.status}
JSON, HTML = "application/json", "text/html"
ERROR_PAGE = "error_page"
"""The extension of the application that makes the page of an error of its body and its status."""
_WRITERS: Mapping[str, Callable[[Mapping[str, str]], bytes]] = {
    JSON: dump_json,
    "text/plain": _text,
    HTML: _page,
}


def register_errors(app: Flask, *roots: type[Exception]) -> None:
    """Map the error trees named, and what Flask itself refuses, to the one shape."""
    for root in (LrsError, InvalidInputError, *roots):
        app.register_error_handler(root, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unforeseen)


def _answer(error: Exception) -> Response:
    return error_response(cast(ClientError, error))


def _answer_http(error: HTTPException) -> Response:
    shaped = LrsError(_HTTP_MESSAGES.get(error.code or 500, error.description or error.name))
    shaped.status = error.code or 500
    shaped.code = error.name.lower().replace(" ", "_")
    response = error_response(shaped)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


_HTTP_MESSAGES = {
    404: "There is no such resource here; the xAPI is below /xapi.",
    405: "This resource does not answer this method; the header Allow names those it does.",
}


def _answer_unforeseen(error: Exception) -> Response:
    unavailable = as_unavailable(error)
    if unavailable is not None:
        return error_response(unavailable)
    _logger.error("unforeseen error", exc_info=error)
    return error_response(LrsError("An internal error occurred; the service's log has the details."))


def register_headers(app: Flask) -> None:
    """Put the headers that every answer carries; what an answer says itself stays.

    Only an answer with an ETag may be kept, and only by the client, who asks each time whether it is still right.
    """

    @app.after_request
    def add_headers(response: Response) -> Response:
        if request.path.startswith("/xapi"):
            response.headers[VERSION_HEADER] = answered_version()
        kept = ASKED_AGAIN if "ETag" in response.headers else KEPT_BY_NOBODY
        response.headers.setdefault("Cache-Control", kept)
        for name, value in SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response
