"""The Flask application of the LRS."""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from lrs.config import Settings, read_settings
from lrs.logging import log_event, set_up_logging
from lrs.privacy.auditing import AuditTrail
from lrs.privacy.erasing import Holdings
from lrs.resources import (
    about,
    activities,
    agents,
    audit,
    documents,
    erasures,
    exports,
    health,
    lti,
    oauth2,
    openapi,
    operations,
    people,
    retention,
    statements,
    tokens,
)
from lrs.resources.alternate import register_alternate_syntax
from lrs.resources.auditing import register_audit
from lrs.resources.bodies import register_budget
from lrs.resources.cors import register_cors
from lrs.resources.encodings import register_encodings
from lrs.resources.paths import register_paths
from lrs.resources.refusals import count_refusal
from lrs.resources.requests import EXTENSION, require_utf8_query
from lrs.resources.responses import register_errors, register_headers
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from lrs.storage.records import create_indexes

_logger = logging.getLogger("lrs.requests")


class Application(Flask):
    """A Flask application without asynchronous views, so none is looked for at each call."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is synchronous already."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; connects to the database, which must answer."""
    settings = settings or read_settings(os.environ)
    set_up_logging(settings.log_level)
    database = Database.connect(settings.mongodb_uri, settings.database_timeout_s)
    create_indexes(database)
    service = StatementService(database, settings)
    service.start()
    atexit.register(service.stop)
    app = Application("lrs", static_folder=None)
    app.extensions[EXTENSION] = service
    app.extensions[erasures.HOLDINGS] = Holdings(folder=settings.data_folder)
    for resource in (
        statements,
        documents,
        agents,
        activities,
        about,
        health,
        tokens,
        people,
        oauth2,
        lti,
        audit,
        erasures,
        retention,
        exports,
        openapi,
    ):
        app.register_blueprint(resource.blueprint)
    register_errors(app)
    described = {**operations.OPERATIONS, **tokens.OPERATIONS, **people.OPERATIONS, **lti.OPERATIONS}
    openapi.describe_routes(app, described, {**operations.SCHEMAS, **lti.SCHEMAS})
    trail = AuditTrail(database, settings.audit_days)
    atexit.register(trail.stop)
    register_audit(app, trail)
    register_request_log(app)
    register_encodings(app)
    app.before_request(require_utf8_query)
    register_headers(app)
    register_alternate_syntax(app, max(settings.max_statement_bytes, settings.max_document_bytes))
    register_budget(app, settings.max_work_bytes)
    register_cors(app, settings)
    register_paths(app, settings.prefix, settings.trusted_proxies)
    return app


def register_request_log(app: Flask) -> None:
    """Write one line per request: method, path, status, milliseconds, key; nothing that was in it.

    A view whose path holds a secret says what is logged instead (`g.logged_path`).
    """

    @app.before_request
    def note_start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def write_line(response: Response) -> Response:
        log_event(
            _logger,
            "request",
            method=request.method,
            path=g.get("logged_path", request.path),
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 2),
            key=g.get("key"),
            **g.get("refusal", {}),
        )
        count_refusal(response)
        return response
