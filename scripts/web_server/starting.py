"""The application of a worker process that may start while the database is away: 503 until it answers.

Clients get an answer at once, and the web server keeps the process running.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask

from lrs.errors import DatabaseUnreachableError, ServiceUnavailableError
from lrs.resources.requests import EXTENSION
from lrs.statements.service import StatementService
from lrs.storage.driver_errors import as_unavailable
from scripts.web_server.answers import Answer, error_answer, json_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAUSE_S = 0.2
FIRST_TRY_S = 60
CANNOT_START = 3
_logger = logging.getLogger("learnerprise.web_server")


class StartingApplication:
    """WSGI application: the one that `make` returns, as soon as it does; 503 before.

    It comes into being when the first try has ended: usually there is an application then.
    """

    def __init__(self, make: Callable[[], WSGIApplication]) -> None:
        self._make = make
        self._made: WSGIApplication | None = None
        self._tried = threading.Event()
        self._pool = ThreadPoolExecutor(1, "starting")
        self._begin()
        self._tried.wait(FIRST_TRY_S)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._made is not None:
            return self._made(environ, start_response)
        if environ.get("PATH_INFO") == "/health/alive":
            return _send(start_response, json_answer(HTTPStatus.OK, {"status": "alive"}))
        message = "The service is starting, or the database cannot be reached; try again shortly."
        return _send(start_response, error_answer(ServiceUnavailableError(message)))

    def key_of(self, authorization: str) -> str:
        """Return the key that a token of this service was signed for; empty for all else that may be sent."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not isinstance(self._made, Flask):
            return ""
        service: StatementService = self._made.extensions[EXTENSION]
        return service.bearer_tokens.key_of(token.strip())

    def _begin(self) -> None:
        self._pool.submit(self._make).add_done_callback(self._finish)

    def _finish(self, making: Future[WSGIApplication]) -> None:
        error = making.exception()
        if error is None:
            self._made = making.result()
            self._tried.set()
            self._pool.shutdown(wait=False)
        elif isinstance(error, DatabaseUnreachableError | ServiceUnavailableError) or as_unavailable(error):
            _logger.warning("waiting for the database: %s", error)
            self._tried.set()
            time.sleep(PAUSE_S)
            self._begin()
        else:
            _logger.error("the application cannot be made", exc_info=error)
            os._exit(CANNOT_START)


def _send(start_response: StartResponse, answer: Answer) -> Iterable[bytes]:
    status, headers, body = answer
    start_response(status, headers)
    return [body]
