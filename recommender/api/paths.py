"""A learning path towards a skill, a role or a goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from lrs.resources.openapi import Operation, reference
from lrs.resources.requests import authenticate
from recommender.api.nuggets import FILTERS, activity_body
from recommender.api.requests import PREFIX, READ, accepted_language, query_pairs, respond, serving, whom
from recommender.messages import LANGUAGES
from recommender.serving.paths.recommend import PathStep, find_path
from schemas.breaches import JsonSchema
from schemas.recommendations import TARGETS, parse_path_query

blueprint = Blueprint("paths", __name__, url_prefix=PREFIX)

_TEXTS: JsonSchema = {"type": "array", "items": {"type": "string"}}
_ADDED: Mapping[str, JsonSchema] = {
    "skill": {"type": "string"},
    "level": {"type": "integer", "minimum": 1, "maximum": 3},
}
_STEP: Mapping[str, JsonSchema] = {
    "rank": {"type": "integer", "minimum": 1},
    "activity": reference("Activity"),
    "adds": {
        "type": "array",
        "items": {"type": "object", "properties": _ADDED, "required": list(_ADDED)},
    },
    "needed_before": {"type": ["string", "null"]},
    "reasons": _TEXTS,
}
_PATH: Mapping[str, JsonSchema] = {
    "agent": reference("Agent"),
    "model": {"type": ["integer", "null"]},
    "towards": {"type": "object", "additionalProperties": {"type": "string"}},
    "message": {"type": "string"},
    "steps": {"type": "array", "items": reference("PathStep")},
    "known": _TEXTS,
    "missing": _TEXTS,
    "not_taught": _TEXTS,
}
SCHEMAS: Mapping[str, JsonSchema] = {
    "PathStep": {"type": "object", "properties": _STEP, "required": list(_STEP)},
    "LearningPath": {"type": "object", "properties": _PATH, "required": list(_PATH)},
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    query: dict[str, JsonSchema] = {
        "agent": whom(maximum_limit)["agent"],
        **{name: {"type": "string", "minLength": 1} for name in TARGETS},
        "answer_language": FILTERS["answer_language"],
    }
    asked = Operation(query, ("agent",), ("Accept-Language",), answer="LearningPath")
    return {(f"{PREFIX}/path", "GET"): asked}


@blueprint.get("/path")
def get_path() -> Response:
    """Answer what an Agent should take, in order, to get to a skill, a role or a goal."""
    store = authenticate(READ).store
    query = parse_path_query(query_pairs(), LANGUAGES)
    path = find_path(serving(), store, query, accepted_language())
    return respond(
        {
            "agent": query.agent,
            "model": path.model,
            "towards": path.towards,
            "message": path.message,
            "steps": [_step_body(step) for step in path.steps],
            "known": list(path.known),
            "missing": list(path.missing),
            "not_taught": list(path.not_taught),
        }
    )


def _step_body(step: PathStep) -> dict[str, Any]:
    return {
        "rank": step.rank,
        "activity": activity_body(step.activity, step.definition),
        "adds": [{"skill": skill, "level": level} for skill, level in step.adds],
        "needed_before": step.needed_before,
        "reasons": list(step.reasons),
    }
