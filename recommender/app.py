"""The whole application: the LRS and, on the same connection to MongoDB, the recommender."""

from __future__ import annotations

import atexit
import os
import time
from dataclasses import replace
from http import HTTPStatus
from typing import cast

from flask import Flask, Response, g, request

import lrs.app
from lrs.config import Settings
from lrs.privacy.upkeep import Upkeep
from lrs.resources.auditing import audit_routes
from lrs.resources.erasures import HOLDINGS as PRIVACY
from lrs.resources.health import WARNINGS
from lrs.resources.openapi import describe_routes
from lrs.resources.requests import EXTENSION as LRS_EXTENSION
from lrs.resources.responses import register_errors
from recommender.api import (
    audited,
    catalogue,
    consents,
    experiments,
    groups,
    impressions,
    insights,
    learners,
    next_action,
    nuggets,
    openapi,
    paths,
    peers,
    search,
    similar,
)
from recommender.api.insights import EXTENSION as INSIGHTS
from recommender.api.requests import EXTENSION
from recommender.catalogue.token_roles import TokenRoles
from recommender.config import RecommenderSettings, from_environment
from recommender.errors import RecommenderError
from recommender.insights.asking import Insights
from recommender.insights.stored import LONGEST_S
from recommender.privacy.declarations import HOLDINGS
from recommender.serving.context import Serving, open_serving
from recommender.serving.state.models import ModelWarnings
from recommender.storage.records import create_indexes

RESOURCES: tuple[openapi.Resource, ...] = (
    nuggets,
    similar,
    next_action,
    paths,
    peers,
    search,
    groups,
    consents,
    catalogue,
    learners,
    impressions,
    experiments,
    insights,
)

WRITING = frozenset({"POST", "PUT"})
FOLLOWED = frozenset({"statements", "people"})
"""The blueprints of the LRS that store Statements, and that join and part people."""


def create_app(settings: Settings | None = None, recommender: RecommenderSettings | None = None) -> Flask:
    """Build the application; connects to the database, which must answer."""
    app = lrs.app.create_app(settings)
    service = app.extensions[LRS_EXTENSION]
    database = service.database
    create_indexes(database)
    recommender = recommender or from_environment(os.environ).service
    serving = open_serving(database, recommender, service.settings.secret_key)
    app.extensions[EXTENSION] = serving
    insights_of_all = Insights(database, recommender, _waits_until)
    if not recommender.counted_apart:
        serving.follower.then = insights_of_all.organisations.follow
    app.extensions[INSIGHTS] = insights_of_all
    _follow_statements(app, serving)
    _follow_roles(app, TokenRoles(database))
    app.extensions[PRIVACY] = holdings = replace(HOLDINGS, folder=service.settings.data_folder)
    Upkeep(database, holdings).start()
    app.extensions[WARNINGS] = ModelWarnings(database, recommender.refresh_ms / 1000).find
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint)
    operations = openapi.operations(RESOURCES, recommender.maximum_limit)
    describe_routes(app, operations)
    audit_routes(app, audited.AUDITED)
    register_errors(app, RecommenderError)
    return app


def _waits_until() -> float:
    """Return until when (monotonic) this request waits for figures, however many it asks."""
    if "waits_until" not in g:
        g.waits_until = time.monotonic() + LONGEST_S
    return cast(float, g.waits_until)


def _follow_statements(app: Flask, serving: Serving) -> None:
    """Let Statements count for recommendations soon after they were stored; the LRS does not know of it."""

    @app.after_request
    def note(response: Response) -> Response:
        if (
            request.method in WRITING
            and request.blueprint in FOLLOWED
            and response.status_code < HTTPStatus.BAD_REQUEST
        ):
            serving.follower.note_written(g.credential.store.id)
        return response


def _follow_roles(app: Flask, roles: TokenRoles) -> None:
    """Enter the roles that tokens of identity providers bring."""
    atexit.register(roles.stop)

    @app.after_request
    def note(response: Response) -> Response:
        credential = g.get("credential")
        if credential is not None and credential.learner and response.status_code < HTTPStatus.BAD_REQUEST:
            roles.note(credential.store.id, credential.learner, credential.roles)
        return response
