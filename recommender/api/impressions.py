"""What came of what was recommended: rates by model version and day."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.requests import authenticate
from recommender.api.requests import PREFIX, READ, query_pairs, respond, serving
from recommender.online.figures import outcome_values
from recommender.online.outcomes import KINDS, Span, find_exposures, summarise
from schemas.breaches import JsonSchema
from schemas.outcomes import GROUPS, MOST_WINDOW_DAYS, parse_outcome_query
from schemas.timestamps import format_timestamp

blueprint = Blueprint("impressions", __name__, url_prefix=PREFIX)

_SHARE: JsonSchema = {"type": "number", "minimum": 0, "maximum": 1}
_RATE: JsonSchema = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 0},
        "rate": _SHARE,
        "low": _SHARE,
        "high": _SHARE,
    },
    "required": ["count", "rate", "low", "high"],
}
OUTCOME: JsonSchema = {
    "type": "object",
    "properties": {
        "kind": {"enum": list(KINDS)},
        "model": {"type": ["integer", "null"]},
        "day": {"type": "string", "format": "date"},
        "learners": {"type": "integer", "minimum": 1},
        "shown": {"type": "integer", "minimum": 1},
        "rates": {"type": "object", "additionalProperties": _RATE},
    },
    "required": ["kind", "model", "learners", "shown", "rates"],
}
WINDOW: JsonSchema = {"type": "integer", "minimum": 1, "maximum": MOST_WINDOW_DAYS}
SCHEMAS: Mapping[str, JsonSchema] = {
    "Outcomes": {
        "type": "object",
        "properties": {
            "since": {"type": "string", "format": "date-time"},
            "until": {"type": "string", "format": "date-time"},
            "outcomes": {"type": "array", "items": OUTCOME},
        },
        "required": ["since", "until", "outcomes"],
    },
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    moment: JsonSchema = {"type": "string", "format": "date-time"}
    query: dict[str, JsonSchema] = {
        "since": moment,
        "until": moment,
        "window_days": WINDOW,
        "by": {"type": "string", "enum": list(GROUPS)},
    }
    return {(f"{PREFIX}/outcomes", "GET"): Operation(query, answer="Outcomes")}


@blueprint.get("/outcomes")
def get_outcomes() -> Response:
    """Answer how often what was shown was opened, started and completed, as far as the Statements were read."""
    store = authenticate(READ).store
    query = parse_outcome_query(query_pairs(), time.time_ns() // 1000)
    span = Span(query.since, query.until, query.window)
    found = [one for kind in KINDS for one in find_exposures(serving().database, store.id, kind, span)]
    outcomes = [outcome_values(one) for one in summarise(found, by_day=query.by_day)]
    since, until = format_timestamp(query.since), format_timestamp(query.until)
    return respond({"since": since, "until": until, "outcomes": outcomes})
