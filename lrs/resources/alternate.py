"""The alternate request syntax (xAPI 1.0.3 Communication 1.3): any request as a POST with a form.

Old browsers could send no other to another origin. It is turned into the usual request before it is routed.
A page can make a browser send such a form with a password that the browser keeps for this service. So a form that
comes from a page of another origin must hold the credential itself.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlencode

from flask import Flask, request
from werkzeug.wrappers import Request

from lrs.errors import ForbiddenError, LrsError, PayloadTooLargeError, RequestRefusedError
from lrs.resources.bodies import ASKED, SMALL_BYTES, AwaitedBody, BodyWanted, read_up_to
from lrs.resources.encodings import decoded
from lrs.resources.requests import FORM_LIMIT, VERSION_HEADER
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
FIELDS_BYTES = 64 * 1024
"""All fields of a form but the content, as large as the head of a request."""
ENCODED = 3
"""Percent-encoded, a byte takes so many."""
PIECE_BYTES = 64 * 1024
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

Form = list[tuple[str, bytes]]


class AlternateRequestSyntax:
    """WSGI middleware: passes on the request that a form describes, or the reason why it is refused.

    The first 64 KB of a form must have its credential, if it has one. Only when that is let in, the rest is read.
    """

    def __init__(self, application: WSGIApplication, largest_content: int) -> None:
        self._application = application
        self._limit = ENCODED * largest_content + FIELDS_BYTES

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if REFUSAL in environ or not _is_alternate(environ):
            return self._application(environ, start_response)
        try:
            method = _intended_method(environ)
            if method == "HEAD":
                start_response = _without_length(start_response)
            sent = Request(environ)
            blocks = iter(partial(decoded(sent.stream, sent.headers).read, PIECE_BYTES), b"")
            first, is_whole = _read_first(blocks)
            if not is_whole and ASKED not in environ:
                try:
                    return self._application(self._beginning(environ, method, first), start_response)
                except BodyWanted:
                    if isinstance(environ["wsgi.input"], AwaitedBody):
                        raise
            self._translate(environ, method, read_up_to(chain([first], blocks), self._limit, environ))
        except LrsError as error:
            environ[REFUSAL] = error
        return self._application(environ, start_response)

    def _beginning(self, environ: WSGIEnvironment, method: str, first: bytes) -> WSGIEnvironment:
        """Return the request as far as the fields are known that are whole in the first bytes of a form."""
        form = _read_form(first[: max(0, first.rfind(b"&"))])
        if _field(form, AUTHORIZATION) is None:
            require_own_origin(environ)
        begun = {**environ, "wsgi.input": AwaitedBody()}
        if _knows_syntax(environ, form):
            _set_head(begun, method, form, self._limit)
        return begun

    def _translate(self, environ: WSGIEnvironment, method: str, data: bytes) -> None:
        form = _read_form(data)
        if _field(form, AUTHORIZATION) is None:
            require_own_origin(environ)
        if not _knows_syntax(environ, form):
            _set_body(environ, data)
            return
        content = _field(form, CONTENT)
        if content is None and method in WITH_CONTENT:
            raise RequestRefusedError(
                f"A {method} needs a form field named content; add it.", path=CONTENT, rule=RULE
            )
        environ["CONTENT_TYPE"] = NORMAL_TYPE if content is not None else ""
        _set_head(environ, method, form, self._limit)
        _set_body(environ, content or b"")


def _read_first(blocks: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the first bytes of a form, at least `SMALL_BYTES` if there are as many, and whether these are all."""
    first = bytearray()
    with suppress(BodyWanted):
        for block in blocks:
            first += block
            if len(first) >= SMALL_BYTES:
                return bytes(first), False
        return bytes(first), True
    return bytes(first), False


def _without_length(start_response: StartResponse) -> StartResponse:
    """Set Content-Length to 0: the client sent a POST, so it would wait for a body of the stated length."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return start_response(status, [*kept, ("Content-Length", "0")], *rest)

    return start


def register_alternate_syntax(app: Flask, largest_content: int) -> None:
    """Let the application understand the alternate request syntax."""
    app.wsgi_app = AlternateRequestSyntax(app.wsgi_app, largest_content)  # type: ignore[method-assign]

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


def _knows_syntax(environ: WSGIEnvironment, form: Form) -> bool:
    named = _field(form, VERSION_HEADER.lower())
    return _allows(named.decode() if named is not None else environ.get("HTTP_X_EXPERIENCE_API_VERSION"))


def _read_form(data: bytes) -> Form:
    """Return names and values, each UTF-8; raise RequestRefusedError, or PayloadTooLargeError for too much."""
    pairs = data.split(b"&", MOST_FIELDS) if data else []
    try:
        if len(pairs) > MOST_FIELDS or not all(b"=" in pair for pair in pairs):
            raise ValueError("too many fields, or one without =")
        split = [pair.partition(b"=")[::2] for pair in pairs]
        form = [(_unquoted(name).decode(), _unquoted(value)) for name, value in split]
    except ValueError as error:
        raise RequestRefusedError(
            f"The body is not a URL-encoded form of UTF-8 text; send up to {MOST_FIELDS} name=value pairs joined by &.",
            rule=RULE,
        ) from error
    if sum(len(name) + len(value) for name, value in form if name != CONTENT) > FIELDS_BYTES:
        message = f"The fields of the form beside {CONTENT} have more than {FIELDS_BYTES} bytes; send less."
        raise PayloadTooLargeError(message, rule=RULE)
    return form


def _unquoted(text: bytes) -> bytes:
    """Decode piece by piece, since `unquote_to_bytes` makes two objects of each escape; raise UnicodeDecodeError."""
    check = codecs.getincrementaldecoder("utf-8")()
    found, start = bytearray(), 0
    while start < len(text):
        end = start + PIECE_BYTES
        if end < len(text):
            cut = text.rfind(b"%", end - 2, end)  # an escape is not cut
            end = cut if cut >= 0 else end
        piece = unquote_to_bytes(text[start:end].replace(b"+", b" "))
        check.decode(piece)
        found += piece
        start = end
    check.decode(b"", final=True)
    return bytes(found)


def _field(form: Form, name: str) -> bytes | None:
    """Return the value of a header (name in lower case) or of `content` in a form; raise if it is there twice."""
    found = [value for key, value in form if key == name or key.lower() == name in HEADERS]
    if len(found) > 1:
        raise RequestRefusedError(
            f"The form has {name} {len(found)} times; send it once.", path=name, rule=RULE
        )
    return found[0] if found else None


def _set_head(environ: WSGIEnvironment, method: str, form: Form, limit: int) -> None:
    """Set all but the body of the request that a form stands for."""
    environ["REQUEST_METHOD"] = method
    environ[FORM_LIMIT] = limit
    for name, variable in HEADERS.items():
        value = (_field(form, name) or b"").decode()
        if not _HEADER_TEXT.fullmatch(value):
            raise RequestRefusedError(
                f"The form field {name} is not a valid header value; send printable ASCII.",
                path=name,
                rule=RULE,
            )
        if variable and _field(form, name) is not None:
            environ[variable] = value
    rest = [(name, value) for name, value in form if name != CONTENT and name.lower() not in HEADERS]
    environ["QUERY_STRING"] = urlencode(rest)


def _set_body(environ: WSGIEnvironment, body: bytes) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    for name in ("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING"):
        environ.pop(name, None)
