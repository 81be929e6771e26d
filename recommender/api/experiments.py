"""The experiments of a store: two model versions compared on live traffic."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.requests import authenticate
from recommender.api.impressions import OUTCOME, WINDOW
from recommender.api.requests import PREFIX, READ, query_pairs, respond, serving
from recommender.online.comparison import compare_arms
from recommender.online.figures import comparison_values
from recommender.storage.experiments import find_experiments
from schemas.breaches import JsonSchema
from schemas.outcomes import parse_window

blueprint = Blueprint("experiments", __name__, url_prefix=PREFIX)

MOST_EXPERIMENTS = 10
_MOMENT: JsonSchema = {"type": ["string", "null"], "format": "date-time"}
_NUMBER: JsonSchema = {"type": "integer", "minimum": 1}
_DIFFERENCE: JsonSchema = {
    "type": "object",
    "properties": {name: {"type": "number"} for name in ("difference", "low", "high", "p")},
    "required": ["difference", "low", "high", "p"],
}
_PROPERTIES: dict[str, JsonSchema] = {
    "experiment": _NUMBER,
    "versions": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    "share": _NUMBER,
    "started": _MOMENT,
    "ended": _MOMENT,
    "promoted": {"type": ["integer", "null"]},
    "outcomes": {"type": "array", "items": OUTCOME},
    "differences": {"type": "object", "additionalProperties": _DIFFERENCE},
}
_EXPERIMENT: JsonSchema = {"type": "object", "properties": _PROPERTIES, "required": list(_PROPERTIES)}
SCHEMAS: Mapping[str, JsonSchema] = {
    "Experiments": {
        "type": "object",
        "properties": {"experiments": {"type": "array", "items": _EXPERIMENT}},
        "required": ["experiments"],
    },
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/experiments", "GET"): Operation({"window_days": WINDOW}, answer="Experiments")}


@blueprint.get("/experiments")
def get_experiments() -> Response:
    """Answer the newest ten experiments with what came of both versions, the newest first."""
    store = authenticate(READ).store
    window, now = parse_window(query_pairs()), time.time_ns() // 1000
    database = serving().database
    newest = find_experiments(database, store.id, MOST_EXPERIMENTS)
    found = [comparison_values(compare_arms(database, store.id, one, now, window)) for one in newest]
    return respond({"experiments": found})
