"""The whole application with its pages: the LRS, the recommender, and what people see of both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from flask import Blueprint, Flask

import recommender.app
from lrs.config import Settings
from lrs.resources.auditing import Route, audit_routes
from lrs.resources.responses import ERROR_PAGE
from pages import (
    colleagues,
    community,
    definitions,
    digest,
    digest_mail,
    explore,
    kept_forms,
    languages,
    learner,
    my_data,
    organisation,
    record,
    reference,
    report_mail,
    reports,
    saved_queries,
    search,
    signin,
    start,
    static_files,
    widget,
)
from pages.admin import (
    credentials,
    jobs,
    live,
    models,
    overview,
    people,
    privacy,
    refused,
    statements,
    wishes,
)
from pages.catalogue import editing, figures, listing
from pages.lti import choosing, launching, linked
from pages.rendering import error_page, register_rendering
from pages.views import count_views
from pages.visitors import SignInNeededError
from pages.waiting import limit_waiting
from recommender.config import RecommenderSettings


class Area(Protocol):
    """A module of pages. Each of its routes is audited, or says why not."""

    @property
    def blueprint(self) -> Blueprint:
        """The routes."""
        ...

    @property
    def AUDITED(self) -> Collection[Route]:
        """Those that give out or change what is about people."""
        ...

    @property
    def UNAUDITED(self) -> Mapping[Route, str]:
        """The others, and why they are not audited."""
        ...


AREAS: tuple[Area, ...] = (
    static_files,
    languages,
    signin,
    kept_forms,
    launching,
    choosing,
    linked,
    reference,
    search,
    start,
    learner,
    colleagues,
    record,
    my_data,
    digest,
    digest_mail,
    widget,
    organisation,
    reports,
    report_mail,
    community,
    explore,
    saved_queries,
    definitions,
    overview,
    live,
    statements,
    refused,
    credentials,
    models,
    jobs,
    privacy,
    wishes,
    people,
    listing,
    editing,
    figures,
)


def create_app(settings: Settings | None = None, recommending: RecommenderSettings | None = None) -> Flask:
    """Build the application; connects to the database, which must answer."""
    app = recommender.app.create_app(settings, recommending)
    register_rendering(app)
    app.extensions[ERROR_PAGE] = error_page
    app.register_error_handler(SignInNeededError, kept_forms.lead_to_sign_in)
    pages = {area.blueprint.name for area in AREAS} - {static_files.blueprint.name}
    limit_waiting(app, pages)
    count_views(app, pages)
    for area in AREAS:
        app.register_blueprint(area.blueprint)
        audit_routes(app, area.AUDITED)
    return app
