"""The people recommended to an Agent, and an Agent's own choice to be one of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from lrs.personas import describe_personas, find_or_create_personas, find_persona, set_peer_choice
from lrs.resources.requests import authenticate, json_body
from recommender.api.requests import PREFIX, READ, WRITE, recommendation_query, respond, serving
from recommender.serving.peers import PeerAnswer, may_suggest, recommend_peers
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json
from schemas.recommendations import RecommendationQuery

blueprint = Blueprint("peers", __name__, url_prefix=PREFIX)


@blueprint.get("/peers")
def get_peers() -> Response:
    """Answer the people recommended to an Agent."""
    store = authenticate(READ).store
    query = recommendation_query()
    return respond(_peers_body(query, recommend_peers(serving(), store, query.identifier, query.limit)))


@blueprint.get("/peers/choice")
def get_peer_choice() -> Response:
    """Answer whether an Agent may be suggested to others, and why."""
    store = authenticate(READ).store
    database, query = serving().database, recommendation_query()
    persona = find_persona(database, store.id, query.identifier)
    found = describe_personas(database, store.id, [persona]) if persona else {}
    choice = found[persona].suggest_as_peer if persona in found else None
    return respond(_choice_body(store.peer_suggestions, choice))


@blueprint.put("/peers/choice")
def put_peer_choice() -> Response:
    """Keep an Agent's own choice: {"suggest_me": true, false, or null for none}."""
    store = authenticate(WRITE).store
    database, query = serving().database, recommendation_query()
    choice = parse_choice(json_body())
    personas = find_or_create_personas(database, store.id, {query.identifier: query.agent.get("name")})
    set_peer_choice(database, store.id, personas[query.identifier], choice)
    return respond(_choice_body(store.peer_suggestions, choice))


def parse_choice(body: bytes) -> bool | None:
    """Read a learner's choice; raise InvalidInputError unless it is {"suggest_me": true|false|null}."""
    value = parse_json(body)
    if not isinstance(value, dict) or set(value) != {"suggest_me"}:
        raise InvalidInputError('Send an object with one property: {"suggest_me": true}, false or null.')
    choice = value["suggest_me"]
    if choice is not None and not isinstance(choice, bool):
        raise InvalidInputError(f"suggest_me is {choice!r}; send true, false or null.", path="suggest_me")
    return choice


def _peers_body(query: RecommendationQuery, answer: PeerAnswer) -> dict[str, Any]:
    found = [
        {"rank": one.rank, "score": one.score, "agent": one.agent, "reasons": list(one.reasons)}
        for one in answer.recommendations
    ]
    return {"agent": query.agent, "model": answer.model, "recommendations": found}


def _choice_body(policy: Any, choice: bool | None) -> dict[str, Any]:
    return {"suggest_me": choice, "store": policy, "is_suggested": may_suggest(policy, choice)}
