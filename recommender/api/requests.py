"""What the recommender's resources have in common: what serves them, the query, the answer."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from flask import Response, current_app, request

from lrs.resources.openapi import reference
from recommender.messages import LANGUAGES
from recommender.serving.context import Serving
from schemas.breaches import JsonSchema
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
    return parse_recommendation_query(query_pairs(), serving().settings.maximum_limit)


def query_pairs() -> list[tuple[str, str]]:
    """Return the parameters of the request, repeated ones too."""
    return list(request.args.items(multi=True))


def next_page(path: str, token: str) -> str:
    """Return the address of the next page of the answer at a path; empty after the last one."""
    kept = [pair for pair in query_pairs() if pair[0] != "more"]
    return f"{PREFIX}{path}?{urlencode([*kept, ('more', token)])}" if token else ""


def accepted_language() -> str:
    """Return the first language of the Accept-Language header that texts are there for; empty if there is none."""
    accepted = (tag.lower().partition("-")[0] for tag in request.accept_languages.values())
    return next((tag for tag in accepted if tag in LANGUAGES), "")


def respond(body: dict[str, Any]) -> Response:
    """Answer JSON that nobody may keep for others."""
    response = Response(dump_json(body), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def whom(maximum_limit: int) -> dict[str, JsonSchema]:
    """Describe the parameters that say for whom to recommend, and how many."""
    limit: JsonSchema = {"type": "integer", "minimum": 1, "maximum": maximum_limit}
    return {"agent": reference("Agent"), "limit": limit}


def recommendation_schema(subject: str, schema: JsonSchema) -> JsonSchema:
    """Describe one recommendation of a subject (`activity`, `agent`)."""
    properties = {
        "rank": {"type": "integer", "minimum": 1},
        "score": {"type": "number"},
        subject: schema,
        "reasons": {"type": "array", "items": {"type": "string"}},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def answer_schema(recommendation: str, **more: JsonSchema) -> JsonSchema:
    """Describe an answer whose recommendations have this schema, and what else it has."""
    properties = {
        "agent": reference("Agent"),
        "model": {"type": ["integer", "null"]},
        "recommendations": {"type": "array", "items": reference(recommendation)},
        **more,
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
