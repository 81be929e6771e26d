"""The nuggets recommended to an Agent."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from recommender.api.requests import (
    PREFIX,
    accepted_language,
    ask_for_one,
    next_page,
    operation_of,
    respond,
    serving,
)
from recommender.serving.nuggets.recommend import recommend_nuggets
from schemas.recommendations import (
    NuggetQuerySchema,
    NuggetRecommendationsSchema,
)

blueprint = Blueprint("nuggets", __name__, url_prefix=PREFIX)

_ANSWER = NuggetRecommendationsSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {
        (f"{PREFIX}/nuggets", "GET"): operation_of(
            NuggetQuerySchema, maximum_limit, NuggetRecommendationsSchema
        )
    }


@blueprint.get("/nuggets")
def get_nuggets() -> Response:
    """Answer the nuggets recommended to an Agent."""
    store, query = ask_for_one(NuggetQuerySchema)
    answer = recommend_nuggets(serving(), store, query, accepted_language())
    shown = [one.activity for one in answer.recommendations]
    serving().impressions.note(store.id, answer.persona, answer.model, shown, "nuggets", answer.probabilities)
    body = {
        "agent": query.agent,
        "model": answer.model,
        "language": answer.language,
        "message": answer.message,
        "recommendations": answer.recommendations,
        "more": next_page("/nuggets", answer.more),
    }
    return respond(_ANSWER, body)
