"""What the recommender's resources have in common: what serves them, the query, the answer."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app, request

from recommender.serving.service import Serving
from schemas.json_text import dump_json
from schemas.recommendations import RecommendationQuery, parse_recommendation_query

EXTENSION = "recommender"
PREFIX = "/recommendations"
READ, WRITE = "recommendations/read", "recommendations/write"


def serving() -> Serving:
    """Return what this process answers with."""
    return cast(Serving, current_app.extensions[EXTENSION])


def recommendation_query() -> RecommendationQuery:
    """Return who asks for how many recommendations; raise InvalidInputError."""
    pairs = list(request.args.items(multi=True))
    return parse_recommendation_query(pairs, serving().settings.maximum_limit)


def respond(body: dict[str, Any]) -> Response:
    """Answer JSON that nobody may keep for others."""
    response = Response(dump_json(body), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-store"
    return response
