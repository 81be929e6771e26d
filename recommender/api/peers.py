"""The people recommended to an Agent."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.requests import note_count, note_personas
from recommender.api.requests import (
    PREFIX,
    accepted_language,
    ask_for_one,
    next_page,
    operation_of,
    respond,
    serving,
)
from recommender.serving.peers.recommend import recommend_peers
from schemas.peers import PeerQuerySchema, PeerRecommendationsSchema

blueprint = Blueprint("peers", __name__, url_prefix=PREFIX)

_ANSWER = PeerRecommendationsSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {
        (f"{PREFIX}/peers", "GET"): operation_of(PeerQuerySchema, maximum_limit, PeerRecommendationsSchema)
    }


@blueprint.get("/peers")
def get_peers() -> Response:
    """Answer the people recommended to an Agent."""
    store, query = ask_for_one(PeerQuerySchema)
    answer = recommend_peers(serving(), store, query, accepted_language())
    note_personas(one.persona for one in answer.recommendations)
    note_count(len(answer.recommendations))
    shown = [str(one.persona) for one in answer.recommendations]
    serving().impressions.note(store.id, answer.persona, answer.model, shown, "peers")
    body = {
        "agent": query.agent,
        "model": answer.model,
        "language": answer.language,
        "recommendations": answer.recommendations,
        "more": next_page("/peers", answer.more),
    }
    return respond(_ANSWER, body)
