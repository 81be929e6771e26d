"""The people recommended to an Agent, and an Agent's own choice to be one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from lrs.personas import describe_personas, find_or_create_personas, find_persona, set_peer_choice
from lrs.resources.openapi import Operation
from lrs.resources.requests import authenticate, json_body
from recommender.api.requests import (
    PREFIX,
    READ,
    WRITE,
    accepted_language,
    answer_schema,
    next_page,
    query_pairs,
    recommendation_query,
    recommendation_schema,
    respond,
    serving,
    whom,
)
from recommender.messages import LANGUAGES
from recommender.serving.peers.recommend import PeerAnswer, may_suggest, recommend_peers
from schemas.breaches import JsonSchema
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json
from schemas.peers import LONGEST_TOPIC, TEAMS, PeerQuery, parse_peer_query

blueprint = Blueprint("peers", __name__, url_prefix=PREFIX)

_CHOICE: JsonSchema = {"type": ["boolean", "null"]}

SCHEMAS: Mapping[str, JsonSchema] = {
    "NewPeerChoice": {
        "type": "object",
        "properties": {"suggest_me": _CHOICE},
        "required": ["suggest_me"],
        "additionalProperties": False,
    },
    "PeerChoice": {
        "type": "object",
        "properties": {
            "suggest_me": _CHOICE,
            "store": {"enum": ["opt_in", "opt_out", "off"]},
            "is_suggested": {"type": "boolean"},
        },
        "required": ["suggest_me", "store", "is_suggested"],
    },
    "PeerRecommendation": recommendation_schema("agent", {"type": "object"}),
    "PeerRecommendations": answer_schema("PeerRecommendation", more={"type": "string"}),
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    query, choice = whom(maximum_limit), f"{PREFIX}/peers/choice"
    wishes: dict[str, JsonSchema] = {
        **query,
        "team": {"type": "string", "enum": list(TEAMS)},
        "topic": {"type": "string", "minLength": 1, "maxLength": LONGEST_TOPIC},
        "more": {"type": "string", "minLength": 1},
        "answer_language": {"type": "string", "enum": list(LANGUAGES)},
    }
    asked = Operation(wishes, ("agent",), ("Accept-Language",), answer="PeerRecommendations")
    return {
        (f"{PREFIX}/peers", "GET"): asked,
        (choice, "GET"): Operation(query, ("agent",), answer="PeerChoice"),
        (choice, "PUT"): Operation(query, ("agent",), body="NewPeerChoice", answer="PeerChoice"),
    }


@blueprint.get("/peers")
def get_peers() -> Response:
    """Answer the people recommended to an Agent."""
    store = authenticate(READ).store
    query = parse_peer_query(query_pairs(), serving().settings.maximum_limit, LANGUAGES)
    answer = recommend_peers(serving(), store, query, accepted_language())
    shown = [str(one.persona) for one in answer.recommendations]
    serving().impressions.note(store.id, answer.persona, answer.model, shown, "peers")
    return respond(_peers_body(query, answer))


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


def _peers_body(query: PeerQuery, answer: PeerAnswer) -> dict[str, Any]:
    found = [
        {"rank": one.rank, "score": one.score, "agent": one.agent, "reasons": list(one.reasons)}
        for one in answer.recommendations
    ]
    return {
        "agent": query.agent,
        "model": answer.model,
        "recommendations": found,
        "more": next_page("/peers", answer.more),
    }


def _choice_body(policy: Any, choice: bool | None) -> dict[str, Any]:
    return {"suggest_me": choice, "store": policy, "is_suggested": may_suggest(policy, choice)}
