"""What an LTI 1.3 platform reads to register this service: its configuration and its public keys. For everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from lrs.auth.lti.messages import DEEP_LINKING, LAUNCH
from lrs.auth.lti.tool_keys import public_keys
from lrs.resources.openapi import JSON, Operation
from lrs.resources.paths import link
from lrs.resources.requests import database, own_origin, require_no_parameters
from schemas.breaches import JsonSchema
from schemas.json_text import dump_json

LOGIN_PATH, LAUNCH_PATH, KEYS_PATH = "/lti/login", "/lti/launch", "/lti/jwks"
CONFIGURATION_PATH = "/lti/configuration"
TITLE = "Learnerprise"
DESCRIPTION = "What to learn next, with whom, and why."

blueprint = Blueprint("lti_registration", __name__)
_TEXT, _ADDRESS = {"type": "string"}, {"type": "string", "format": "uri"}
SCHEMAS: Mapping[str, JsonSchema] = {
    "KeySet": {
        "type": "object",
        "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
        "required": ["keys"],
    },
    "LtiConfiguration": {
        "type": "object",
        "properties": {
            "title": _TEXT,
            "description": _TEXT,
            "target_link_uri": _ADDRESS,
            "oidc_initiation_url": _ADDRESS,
            "public_jwk_url": _ADDRESS,
            "redirect_uris": {"type": "array", "items": _ADDRESS},
            "scopes": {"type": "array", "items": _TEXT},
            "extensions": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["title", "target_link_uri", "oidc_initiation_url", "public_jwk_url"],
    },
}
OPERATIONS: Mapping[tuple[str, str], Operation] = {
    (KEYS_PATH, "GET"): Operation(answer="KeySet", is_open=True),
    (CONFIGURATION_PATH, "GET"): Operation(answer="LtiConfiguration", is_open=True),
}


@blueprint.get(KEYS_PATH)
def get_keys() -> Response:
    """Answer the public keys of this service as an LTI tool (JSON Web Key Set)."""
    require_no_parameters()
    return Response(dump_json(public_keys(database())), mimetype=JSON)


@blueprint.get(CONFIGURATION_PATH)
def get_configuration() -> Response:
    """Answer the addresses that a platform asks for to register this service as an LTI 1.3 tool."""
    require_no_parameters()
    return Response(dump_json(_configuration(f"{own_origin()}{link('')}")), mimetype=JSON)


def _configuration(base: str) -> dict[str, Any]:
    """Return the configuration in the words of Canvas, which others show to be copied."""
    launch = f"{base}{LAUNCH_PATH}"
    placements = [
        {"placement": "course_navigation", "message_type": LAUNCH, "target_link_uri": launch, "text": TITLE},
        {
            "placement": "link_selection",
            "message_type": DEEP_LINKING,
            "target_link_uri": launch,
            "text": TITLE,
        },
    ]
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "target_link_uri": launch,
        "oidc_initiation_url": f"{base}{LOGIN_PATH}",
        "public_jwk_url": f"{base}{KEYS_PATH}",
        "redirect_uris": [launch],
        "scopes": [],
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {"text": TITLE, "placements": placements},
            }
        ],
    }
