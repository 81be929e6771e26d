"""The alternate request syntax (xAPI 1.0.3 Communication 1.3): any request as a POST with a form.

Old browsers could send no other to another origin. It is turned into the usual request before it is routed.
A page can make a browser send such a form with a password that the browser keeps for this service. So a form that
comes from a page of another origin must hold the credential itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask, request
from werkzeug.wrappers import Request

from lrs.errors import ForbiddenError, LrsError, RequestRefusedError
from lrs.resources.requests import VERSION_HEADER, read_whole
from schemas.errors import InvalidInputError
from schemas.versions import rules_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/xapi/"
METHOD, CONTENT, AUTHORIZATION = "method", "content", "authorization"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
WITH_CONTENT = ("PUT", "POST")
NORMAL_TYPE = "application/json"
MOST_FIELDS = 100
REFUSAL = "learnerprise.refusal"
RULE = "xAPI 1.0.3 Communication 1.3"

HEADERS = {
    AUTHORIZATION: "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "content-length": "",  # said of the content as it was sent; what counts is what arrived
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
}
_HEADER_TEXT = re.compile(r"[\t\x20-\x7e]*")

Form = list[tuple[str, str]]


class AlternateRequestSyntax:
    """WSGI middleware: passes on the request that a form describes, or the reason why it is refused."""

    def __init__(self, application: WSGIApplication, maximum_bytes: int) -> None:
        self._application = application
        self._maximum = maximum_bytes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if REFUSAL not in environ and _is_alternate(environ):
            try:
                self._translate(environ)
            except LrsError as error:
                environ[REFUSAL] = error
            if environ["REQUEST_METHOD"] == "HEAD":
                start_response = _without_length(start_response)
        return self._application(environ, start_response)

    def _translate(self, environ: WSGIEnvironment) -> None:
        data = self._read(environ)
        form = _read_form(data)
        if _field(form, AUTHORIZATION) is None:
            require_own_origin(environ)
        header = environ.get("HTTP_X_EXPERIENCE_API_VERSION")
        if _allows(_field(form, VERSION_HEADER.lower()) or header):
            _rewrite(environ, _intended_method(environ), form)

    def _read(self, environ: WSGIEnvironment) -> bytes:
        """Return the body; it can be read again afterwards."""
        sent = Request(environ)
        sent.max_content_length = self._maximum + 1
        data = read_whole(sent, self._maximum)
        _set_body(environ, data)
        return data


def _without_length(start_response: StartResponse) -> StartResponse:
    """Set Content-Length to 0: the client sent a POST, so it would wait for a body of the stated length."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return start_response(status, [*kept, ("Content-Length", "0")], *rest)

    return start


def register_alternate_syntax(app: Flask, maximum_bytes: int) -> None:
    """Let the application understand the alternate request syntax."""
    app.wsgi_app = AlternateRequestSyntax(app.wsgi_app, maximum_bytes)  # type: ignore[method-assign]

    @app.before_request
    def refuse() -> None:
        refusal = request.environ.get(REFUSAL)
        if refusal is not None:
            raise refusal


def _is_alternate(environ: WSGIEnvironment) -> bool:
    """Return whether a request names another method, in an xAPI version that has this syntax."""
    if environ["REQUEST_METHOD"] != "POST" or not environ.get("PATH_INFO", "").startswith(PREFIX):
        return False
    query = environ.get("QUERY_STRING", "")
    return (
        METHOD in query
        and METHOD in Request(environ).args
        and _allows(environ.get("HTTP_X_EXPERIENCE_API_VERSION"))
    )


def _allows(version: str | None) -> bool:
    """Return whether the version has this syntax; a version that is not served is refused elsewhere."""
    try:
        return version is None or rules_for(version.strip()).allows_alternate_request_syntax
    except InvalidInputError:
        return True


def require_own_origin(environ: WSGIEnvironment) -> None:
    """Raise ForbiddenError if a credential in the header of a form may have been added by a browser, for another page.

    Browsers name the page in `Origin`, older ones in `Referer` only; programs that are no browsers send neither.
    """
    page = environ.get("HTTP_ORIGIN") or environ.get("HTTP_REFERER")
    own = Request(environ).host_url
    is_foreign = (page is not None and not f"{page}/".startswith(own)) or environ.get(
        "HTTP_SEC_FETCH_SITE", "none"
    ) not in ("none", "same-origin")
    if is_foreign and "HTTP_AUTHORIZATION" in environ:
        raise ForbiddenError(
            "This form comes from a page of another origin and holds no credential; send the credential in the form "
            "field Authorization.",
            path="Authorization",
            rule=RULE,
        )


def _intended_method(environ: WSGIEnvironment) -> str:
    parameters = list(Request(environ).args.items(multi=True))
    if len(parameters) != 1:
        name = next((name for name, _ in parameters if name != METHOD), METHOD)
        raise RequestRefusedError(
            f"With {METHOD}=... the query has nothing else; send {name!r} in the form.", path=name, rule=RULE
        )
    method = parameters[0][1]
    if method not in METHODS:
        raise RequestRefusedError(
            f"{METHOD}={method!r} is not known; send one of {', '.join(METHODS)}.", path=METHOD, rule=RULE
        )
    return method


def _read_form(data: bytes) -> Form:
    try:
        return parse_qsl(
            data.decode(),
            keep_blank_values=True,
            strict_parsing=bool(data),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise RequestRefusedError(
            "The body is not a URL-encoded form of UTF-8 text; send name=value pairs joined by &.", rule=RULE
        ) from error


def _field(form: Form, name: str) -> str | None:
    """Return the value of a header (name in lower case) or of `content` in a form; raise if it is there twice."""
    found = [value for key, value in form if key == name or key.lower() == name in HEADERS]
    if len(found) > 1:
        raise RequestRefusedError(
            f"The form has {name} {len(found)} times; send it once.", path=name, rule=RULE
        )
    return found[0] if found else None


def _rewrite(environ: WSGIEnvironment, method: str, form: Form) -> None:
    content = _field(form, CONTENT)
    if content is None and method in WITH_CONTENT:
        raise RequestRefusedError(
            f"A {method} needs a form field named content; add it.", path=CONTENT, rule=RULE
        )
    environ["REQUEST_METHOD"] = method
    environ["CONTENT_TYPE"] = NORMAL_TYPE if content is not None else ""
    _set_headers(environ, form)
    rest = [(name, value) for name, value in form if name != CONTENT and name.lower() not in HEADERS]
    environ["QUERY_STRING"] = urlencode(rest)
    _set_body(environ, (content or "").encode())


def _set_headers(environ: WSGIEnvironment, form: Form) -> None:
    for name, variable in HEADERS.items():
        value = _field(form, name)
        if value is not None and not _HEADER_TEXT.fullmatch(value):
            raise RequestRefusedError(
                f"The form field {name} is not a valid header value; send printable ASCII.",
                path=name,
                rule=RULE,
            )
        if value is not None and variable:
            environ[variable] = value


def _set_body(environ: WSGIEnvironment, body: bytes) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    for name in ("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING"):
        environ.pop(name, None)
