"""The people recommended to an Agent, and an Agent's own choice to be one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from lrs.personas import describe_personas, find_or_create_personas, find_persona, set_peer_choice
from lrs.resources.openapi import Operation
from lrs.resources.requests import json_body, note_count, note_personas
from recommender.api.requests import (
    PREFIX,
    WRITE,
    accepted_language,
    ask_for_one,
    next_page,
    operation_of,
    query_schema,
    respond,
    serving,
)
from recommender.serving.peers.recommend import recommend_peers
from recommender.serving.peers.search import may_suggest
from schemas.json_text import parse_json
from schemas.peers import NewPeerChoiceSchema, PeerChoiceSchema, PeerQuerySchema, PeerRecommendationsSchema
from schemas.recommendations import RecommendationQuerySchema

LARGEST_CHOICE = 1024

blueprint = Blueprint("peers", __name__, url_prefix=PREFIX)

_ANSWER, _CHOICE, _NEW_CHOICE = PeerRecommendationsSchema(), PeerChoiceSchema(), NewPeerChoiceSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    whom, choice = (query_schema(RecommendationQuerySchema, maximum_limit),), f"{PREFIX}/peers/choice"
    return {
        (f"{PREFIX}/peers", "GET"): operation_of(PeerQuerySchema, maximum_limit, PeerRecommendationsSchema),
        (choice, "GET"): Operation(whom, answer=PeerChoiceSchema),
        (choice, "PUT"): Operation(whom, body=NewPeerChoiceSchema, answer=PeerChoiceSchema),
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


@blueprint.get("/peers/choice")
def get_peer_choice() -> Response:
    """Answer whether an Agent may be suggested to others, and why."""
    store, query = ask_for_one(RecommendationQuerySchema, work="small")
    database = serving().database
    persona = find_persona(database, store.id, query.identifier)
    found = describe_personas(database, store.id, [persona]) if persona else {}
    choice = found[persona].suggest_as_peer if persona in found else None
    return _respond_choice(store.peer_suggestions, choice)


@blueprint.put("/peers/choice")
def put_peer_choice() -> Response:
    """Keep an Agent's own choice: {"suggest_me": true, false, or null for none}."""
    store, query = ask_for_one(RecommendationQuerySchema, WRITE, work="small")
    database = serving().database
    choice = _NEW_CHOICE.read(parse_json(json_body(LARGEST_CHOICE)))["suggest_me"]
    personas = find_or_create_personas(database, store.id, {query.identifier: None})
    set_peer_choice(database, store.id, personas[query.identifier], choice)
    return _respond_choice(store.peer_suggestions, choice)


def _respond_choice(policy: Any, choice: bool | None) -> Response:
    is_suggested = may_suggest(policy, choice)
    return respond(_CHOICE, {"suggest_me": choice, "store": policy, "is_suggested": is_suggested})
