"""The next action in a course or a path."""

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
from recommender.catalogue.nuggets import definition_of
from recommender.serving.next.recommend import find_next
from schemas.recommendations import NextActionSchema, NextQuerySchema

blueprint = Blueprint("next_action", __name__, url_prefix=PREFIX)

_ANSWER = NextActionSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/next", "GET"): operation_of(NextQuerySchema, maximum_limit, NextActionSchema)}


@blueprint.get("/next")
def get_next_action() -> Response:
    """Answer what an Agent should do next in a course, or in the one that the Agent acted in last."""
    store, query = ask_for_one(NextQuerySchema)
    answer = find_next(serving(), store, query, accepted_language())
    first, *others = answer.actions or (None,)
    definition = definition_of(answer.course)
    body = {
        "agent": query.agent,
        "model": answer.model,
        "language": answer.language,
        "within": {"id": answer.course.id, **({"definition": definition} if definition else {})},
        "message": answer.message,
        "finished": answer.finished,
        "left": answer.left,
        "last": answer.last,
        "next": first,
        "alternatives": others,
    }
    return respond(_ANSWER, body)
