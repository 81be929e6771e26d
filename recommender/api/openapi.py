"""What the OpenAPI description says of the routes of the recommender beside their docstrings."""

from __future__ import annotations

from collections.abc import Mapping

from lrs.resources.openapi import Operation, reference
from schemas.breaches import JsonSchema


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return the operations of the recommender, which answers `maximum_limit` recommendations at most."""
    whom: dict[str, JsonSchema] = {
        "agent": reference("Agent"),
        "limit": {"type": "integer", "minimum": 1, "maximum": maximum_limit},
    }
    asked = Operation(whom, ("agent",), answer="Recommendations")
    choice = "/recommendations/peers/choice"
    return {
        ("/recommendations/nuggets", "GET"): asked,
        ("/recommendations/peers", "GET"): asked,
        (choice, "GET"): Operation(whom, ("agent",), answer="PeerChoice"),
        (choice, "PUT"): Operation(whom, ("agent",), body="NewPeerChoice", answer="PeerChoice"),
    }


_CHOICE: JsonSchema = {"type": ["boolean", "null"]}
_RECOMMENDATION: JsonSchema = {
    "type": "object",
    "properties": {
        "rank": {"type": "integer", "minimum": 1},
        "score": {"type": "number"},
        "activity": reference("Activity"),
        "agent": {"type": "object"},
        "reasons": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["rank", "score", "reasons"],
}

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
    "Recommendation": _RECOMMENDATION,
    "Recommendations": {
        "type": "object",
        "properties": {
            "agent": reference("Agent"),
            "model": {"type": ["string", "null"]},
            "recommendations": {"type": "array", "items": reference("Recommendation")},
        },
        "required": ["agent", "model", "recommendations"],
    },
}
