"""Answers that the web server gives without the application, in the one shape of all errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from lrs.errors import LrsError
from lrs.resources.requests import VERSION_HEADER
from lrs.resources.responses import KEPT_BY_NOBODY, SAFE_HEADERS
from schemas.json_text import dump_json
from schemas.versions import VERSIONS

Answer = tuple[str, list[tuple[str, str]], bytes]

_SENTENCES = {
    400: ("bad_request", "The request is not valid HTTP ({})."),
    413: ("payload_too_large", "The body is too large ({})."),
    431: ("head_too_large", "The request line and the headers are too long ({}); send less."),
    500: ("internal_error", "An internal error occurred; the service's log has the details."),
    501: ("not_implemented", "This Transfer-Encoding is not supported; send chunked, or a Content-Length."),
}


def error_answer(error: LrsError) -> Answer:
    """Return status line, headers and body of an error."""
    content = {"code": error.code, "message": error.message, "path": error.path, "rule": error.rule}
    answer = json_answer(HTTPStatus(error.status), content)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer[1].append(("Retry-After", "1"))
    return answer


def json_answer(status: HTTPStatus, content: dict[str, str]) -> Answer:
    """Return status line, headers and body of an answer in JSON."""
    body = dump_json(content)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        (VERSION_HEADER, next(iter(VERSIONS))),
        ("Cache-Control", KEPT_BY_NOBODY),
        *SAFE_HEADERS.items(),
    ]
    return f"{status.value} {status.phrase}", headers, body


class ErrorAnswer:
    """An error in the form in which waitress asks for it."""

    def __init__(self, error: LrsError) -> None:
        self._error = error

    @classmethod
    def of_waitress(cls, found: Any) -> ErrorAnswer:
        """Return what is answered to an error that waitress found (`waitress.utilities.Error`)."""
        code, sentence = _SENTENCES[found.code]
        error = LrsError(sentence.format(found.body))
        error.status, error.code = found.code, code
        return cls(error)

    def to_response(self, _ident: str | None = None) -> Answer:
        """Return status line, headers and body."""
        return error_answer(self._error)
