"""Answers that the web server gives without the application, in the one shape of all errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from lrs.errors import LrsError
from lrs.resources.requests import VERSION_HEADER
from schemas.json_text import dump_json
from schemas.versions import VERSIONS

Answer = tuple[str, list[tuple[str, str]], bytes]

_SENTENCES = {
    400: ("bad_request", "The request is not valid HTTP ({})."),
    413: ("payload_too_large", "The body is too large ({})."),
    431: ("head_too_large", "The request line and the headers are too long ({}); send less."),
    500: ("internal_error", "Something went wrong on our side; the log of the service tells more."),
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
    ]
    return f"{status.value} {status.phrase}", headers, body


class WaitressError:
    """An error that waitress found (`waitress.utilities.Error`), answered in our shape."""

    def __init__(self, found: Any) -> None:
        code, sentence = _SENTENCES[found.code]
        self._error = LrsError(sentence.format(found.body))
        self._error.status, self._error.code = found.code, code

    def to_response(self, _ident: str | None = None) -> Answer:
        """Return status line, headers and body."""
        return error_answer(self._error)
