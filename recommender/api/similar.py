"""The nuggets that are similar to one."""

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
from recommender.serving.nuggets.similar import find_similar
from schemas.recommendations import SimilarNuggetsSchema, SimilarQuerySchema

blueprint = Blueprint("similar", __name__, url_prefix=PREFIX)

_ANSWER = SimilarNuggetsSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {
        (f"{PREFIX}/nuggets/similar", "GET"): operation_of(
            SimilarQuerySchema, maximum_limit, SimilarNuggetsSchema
        )
    }


@blueprint.get("/nuggets/similar")
def get_similar_nuggets() -> Response:
    """Answer the nuggets that are most like one."""
    store, query = ask_for_one(SimilarQuerySchema)
    answer = find_similar(serving(), store, query, accepted_language())
    body = {
        "activity": query.activity,
        "model": answer.model,
        "language": answer.language,
        "recommendations": answer.recommendations,
    }
    return respond(_ANSWER, body)
