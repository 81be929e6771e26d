"""Counts how often each page is looked at, by day: how much pages are used, and by nobody in particular."""

from __future__ import annotations

import atexit
import logging
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from http import HTTPStatus
from typing import TypeAlias

from flask import Flask, Response, g, request

from lrs.batched_writes import BatchedWrites
from lrs.errors import LrsError
from lrs.logging import log_failure
from lrs.resources.requests import EXTENSION
from lrs.storage.database import Database, StoreId
from lrs.storage.page_views import add_views
from pages.visitors import Visitor
from recommender.insights.months import date_of, today

WITHIN_S = 1.0
_logger = logging.getLogger("pages.views")
View: TypeAlias = tuple[StoreId, date, str]


def count_views(app: Flask, blueprints: Collection[str]) -> None:
    """Count the pages that people who are signed in see, of some blueprints."""
    database: Database = app.extensions[EXTENSION].database
    writes: BatchedWrites[View] = BatchedWrites("page views", lambda views: _write(database, views), WITHIN_S)
    atexit.register(writes.flush)

    @app.after_request
    def count(response: Response) -> Response:
        seen: Visitor | None = g.get("visitor")
        is_page = request.method == "GET" and response.status_code == HTTPStatus.OK
        if is_page and seen is not None and request.blueprint in blueprints and request.url_rule is not None:
            writes.add((seen.store, date_of(today()), request.url_rule.rule))
        return response


def _write(database: Database, views: Sequence[View]) -> None:
    for (store, day, route), number in Counter(views).items():
        try:
            add_views(database, store, day, route, number)
        except LrsError as error:
            log_failure(_logger, "page_views_not_counted", error=type(error).__name__, lost=number)
