"""The nuggets recommended to an Agent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from lrs.resources.requests import authenticate
from recommender.api.requests import PREFIX, READ, recommendation_query, respond, serving
from recommender.serving.nuggets import NuggetAnswer, recommend_nuggets
from schemas.recommendations import RecommendationQuery

blueprint = Blueprint("nuggets", __name__, url_prefix=PREFIX)


@blueprint.get("/nuggets")
def get_nuggets() -> Response:
    """Answer the nuggets recommended to an Agent."""
    store = authenticate(READ).store
    query = recommendation_query()
    answer = recommend_nuggets(serving(), store, query.identifier, query.limit)
    return respond(_nuggets_body(query, answer))


def _nuggets_body(query: RecommendationQuery, answer: NuggetAnswer) -> dict[str, Any]:
    found = [
        {
            "rank": one.rank,
            "score": one.score,
            "activity": {"objectType": "Activity", "id": one.activity}
            | ({"definition": one.definition} if one.definition else {}),
            "reasons": list(one.reasons),
        }
        for one in answer.recommendations
    ]
    return {"agent": query.agent, "model": answer.model, "recommendations": found}
