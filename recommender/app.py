"""The whole application: the LRS and, on the same connection to MongoDB, the recommender."""

from __future__ import annotations

import os

from flask import Flask

import lrs.app
from lrs.config import Settings
from lrs.resources.health import WARNINGS
from lrs.resources.openapi import describe_routes
from lrs.resources.requests import EXTENSION as LRS_EXTENSION
from lrs.resources.responses import register_errors
from recommender.api import (
    catalogue,
    experiments,
    impressions,
    learners,
    nuggets,
    openapi,
    paths,
    peers,
    similar,
)
from recommender.api.requests import EXTENSION
from recommender.config import RecommenderSettings, from_environment
from recommender.errors import RecommenderError
from recommender.serving.context import open_serving
from recommender.serving.state.models import ModelWarnings
from recommender.storage.records import create_indexes

RESOURCES: tuple[openapi.Resource, ...] = (
    nuggets,
    similar,
    paths,
    peers,
    catalogue,
    learners,
    impressions,
    experiments,
)


def create_app(settings: Settings | None = None, recommender: RecommenderSettings | None = None) -> Flask:
    """Build the application; connects to the database, which must answer."""
    app = lrs.app.create_app(settings)
    service = app.extensions[LRS_EXTENSION]
    database = service.database
    create_indexes(database)
    recommender = recommender or from_environment(os.environ).service
    app.extensions[EXTENSION] = open_serving(database, recommender, service.settings.secret_key)
    app.extensions[WARNINGS] = ModelWarnings(database, recommender.refresh_ms / 1000).find
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint)
    operations = openapi.operations(RESOURCES, recommender.maximum_limit)
    describe_routes(app, operations)
    register_errors(app, RecommenderError)
    return app
