"""The nuggets that are similar to one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation, reference
from lrs.resources.requests import authenticate
from recommender.api.nuggets import FILTERS, recommendation_bodies
from recommender.api.requests import PREFIX, READ, accepted_language, query_pairs, respond, serving, whom
from recommender.messages import LANGUAGES
from recommender.serving.nuggets.similar import find_similar
from schemas.breaches import JsonSchema
from schemas.recommendations import parse_similar_query

blueprint = Blueprint("similar", __name__, url_prefix=PREFIX)

_PROPERTIES: Mapping[str, JsonSchema] = {
    "activity": {"type": "string"},
    "model": {"type": ["integer", "null"]},
    "recommendations": {"type": "array", "items": reference("NuggetRecommendation")},
}
SCHEMAS: Mapping[str, JsonSchema] = {
    "SimilarNuggets": {"type": "object", "properties": _PROPERTIES, "required": list(_PROPERTIES)}
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    query: dict[str, JsonSchema] = {
        "activity": {"type": "string", "format": "uri"},
        **whom(maximum_limit),
        **FILTERS,
    }
    asked = Operation(query, ("activity",), ("Accept-Language",), answer="SimilarNuggets")
    return {(f"{PREFIX}/nuggets/similar", "GET"): asked}


@blueprint.get("/nuggets/similar")
def get_similar_nuggets() -> Response:
    """Answer the nuggets that are most like one."""
    store = authenticate(READ).store
    query = parse_similar_query(query_pairs(), serving().settings.maximum_limit, LANGUAGES)
    answer = find_similar(serving(), store, query, accepted_language())
    found = recommendation_bodies(answer.recommendations)
    return respond({"activity": query.activity, "model": answer.model, "recommendations": found})
