"""The nuggets recommended to an Agent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response

from lrs.resources.openapi import Operation, reference
from lrs.resources.requests import authenticate
from recommender.api.requests import (
    PREFIX,
    READ,
    accepted_language,
    answer_schema,
    next_page,
    query_pairs,
    recommendation_schema,
    respond,
    serving,
    whom,
)
from recommender.messages import LANGUAGES
from recommender.serving.nuggets.recommend import NuggetRecommendation, recommend_nuggets
from schemas.breaches import JsonSchema
from schemas.catalogue import MODALITIES
from schemas.recommendations import MOST_MINUTES, parse_nugget_query

blueprint = Blueprint("nuggets", __name__, url_prefix=PREFIX)

SCHEMAS: Mapping[str, JsonSchema] = {
    "NuggetRecommendation": recommendation_schema("activity", reference("Activity")),
    "NuggetRecommendations": answer_schema("NuggetRecommendation", more={"type": "string"}),
}

_TEXT: JsonSchema = {"type": "string", "minLength": 1}
FILTERS: Mapping[str, JsonSchema] = {
    "format": _TEXT,
    "modality": {"type": "string", "enum": list(MODALITIES)},
    "language": _TEXT,
    "level": _TEXT,
    "skill": _TEXT,
    "max_minutes": {"type": "integer", "minimum": 1, "maximum": MOST_MINUTES},
    "answer_language": {"type": "string", "enum": list(LANGUAGES)},
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    query: dict[str, JsonSchema] = {
        **whom(maximum_limit),
        **FILTERS,
        "mix": {"type": "string", "examples": ["formal:5,informal:3,social:2"]},
        "diversity": {"type": "number", "minimum": 0, "maximum": 1},
        "more": _TEXT,
    }
    headers = ("Accept-Language",)
    asked = Operation(query, ("agent",), headers, answer="NuggetRecommendations")
    return {(f"{PREFIX}/nuggets", "GET"): asked}


@blueprint.get("/nuggets")
def get_nuggets() -> Response:
    """Answer the nuggets recommended to an Agent."""
    store = authenticate(READ).store
    query = parse_nugget_query(query_pairs(), serving().settings.maximum_limit, LANGUAGES)
    answer = recommend_nuggets(serving(), store, query, accepted_language())
    shown = [one.activity for one in answer.recommendations]
    serving().impressions.note(store.id, answer.persona, answer.model, shown, "nuggets")
    return respond(
        {
            "agent": query.agent,
            "model": answer.model,
            "recommendations": recommendation_bodies(answer.recommendations),
            "more": next_page("/nuggets", answer.more),
        }
    )


def recommendation_bodies(found: Iterable[NuggetRecommendation]) -> list[dict[str, Any]]:
    """Return recommendations as they are answered."""
    return [
        {
            "rank": one.rank,
            "score": one.score,
            "activity": activity_body(one.activity, one.definition),
            "reasons": list(one.reasons),
        }
        for one in found
    ]


def activity_body(activity: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return an Activity as it is answered."""
    body = {"objectType": "Activity", "id": activity}
    return body | ({"definition": definition} if definition else {})
