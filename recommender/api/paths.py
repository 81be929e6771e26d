"""A learning path towards a skill, a role or a goal."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from recommender.api.requests import (
    PREFIX,
    accepted_language,
    ask_for_one,
    operation_of,
    respond,
    serving,
)
from recommender.serving.paths.recommend import find_path
from schemas.recommendations import LearningPathSchema, PathQuerySchema

blueprint = Blueprint("paths", __name__, url_prefix=PREFIX)

_ANSWER = LearningPathSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/path", "GET"): operation_of(PathQuerySchema, maximum_limit, LearningPathSchema)}


@blueprint.get("/path")
def get_path() -> Response:
    """Answer what an Agent should take, in order, to get to a skill, a role or a goal."""
    store, query = ask_for_one(PathQuerySchema, work="search")
    path = find_path(serving(), store, query, accepted_language())
    body = {
        "agent": query.agent,
        "model": path.model,
        "language": path.language,
        "towards": path.towards,
        "message": path.message,
        "steps": path.steps,
        "known": path.known,
        "missing": path.missing,
        "not_taught": path.not_taught,
        "hours": path.hours,
        "groups": path.groups,
    }
    return respond(_ANSWER, body)
