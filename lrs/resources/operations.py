"""What the OpenAPI description says of the routes of the LRS beside their docstrings."""

from __future__ import annotations

from collections.abc import Mapping

from lrs.resources.openapi import BYTES, PATH, Operation, reference
from schemas import patterns
from schemas.breaches import JsonSchema
from schemas.documents import ACTIVITY_PROFILE, AGENT_PROFILE, STATE, DocumentResource
from schemas.queries import FORMATS, PARAMETERS

_TEXT: JsonSchema = {"type": "string", "minLength": 1}
_BOOLEAN: JsonSchema = {"type": "boolean"}
_IRI: JsonSchema = {"type": "string", "pattern": patterns.anchored(patterns.IRI)}
_UUID: JsonSchema = {"type": "string", "pattern": patterns.anchored(patterns.UUID)}
_TIMESTAMP: JsonSchema = {"type": "string", "pattern": patterns.anchored(patterns.TIMESTAMP)}
_PRECONDITIONS = ("If-Match", "If-None-Match")

PARAMETER_SCHEMAS: Mapping[str, JsonSchema] = {
    "activity": _IRI,
    "activityId": _IRI,
    "agent": reference("Agent"),
    "ascending": _BOOLEAN,
    "attachments": _BOOLEAN,
    "format": {"type": "string", "enum": list(FORMATS)},
    "limit": {"type": "integer", "minimum": 0},
    "more": _TEXT,
    "profileId": _TEXT,
    "registration": _UUID,
    "related_activities": _BOOLEAN,
    "related_agents": _BOOLEAN,
    "since": _TIMESTAMP,
    "stateId": _TEXT,
    "statementId": _UUID,
    "until": _TIMESTAMP,
    "verb": _IRI,
    "voidedStatementId": _UUID,
}

SCHEMAS: Mapping[str, JsonSchema] = {
    "About": {
        "type": "object",
        "properties": {"version": {"type": "array", "items": {"type": "string"}}},
        "required": ["version"],
    },
    "Error": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("code", "message", "path", "rule")},
        "required": ["code", "message", "path", "rule"],
        "additionalProperties": False,
    },
    "Health": {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]},
    "Ids": {"type": "array", "items": {"type": "string"}},
    "Person": {
        "type": "object",
        "properties": {"objectType": {"const": "Person"}},
        "required": ["objectType"],
    },
    "StatementOrBatch": {
        "anyOf": [reference("Statement"), {"type": "array", "items": reference("Statement")}]
    },
    "StatementOrResult": {
        "anyOf": [reference("Statement"), reference("StatementResult")],
    },
    "StatementResult": {
        "type": "object",
        "properties": {
            "statements": {"type": "array", "items": {"type": "object"}},
            "more": {"type": "string"},
        },
        "required": ["statements", "more"],
    },
}


def _named(*names: str) -> dict[str, JsonSchema]:
    return {name: PARAMETER_SCHEMAS[name] for name in names}


def _document_operations(path: str, resource: DocumentResource) -> dict[tuple[str, str], Operation]:
    name = resource.id_parameter
    context = (*resource.context, *resource.optional)
    one, required = _named(name, *context), (name, *resource.context)
    written = Operation(one, required, _PRECONDITIONS, BYTES, 204)
    to_delete = resource.context if resource is STATE else required
    return {
        (path, "GET"): Operation(_named(name, *context, "since"), resource.context, answer=BYTES),
        (path, "PUT"): written,
        (path, "POST"): written,
        (path, "DELETE"): Operation(one, to_delete, _PRECONDITIONS, status=204),
    }


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("/xapi/statements", "GET"): Operation(_named(*PARAMETERS, "more"), answer="StatementOrResult"),
    ("/xapi/statements", "POST"): Operation(body="StatementOrBatch", answer="Ids"),
    ("/xapi/statements", "PUT"): Operation(
        _named("statementId"), ("statementId",), body="Statement", status=204
    ),
    **_document_operations("/xapi/activities/state", STATE),
    **_document_operations("/xapi/agents/profile", AGENT_PROFILE),
    **_document_operations("/xapi/activities/profile", ACTIVITY_PROFILE),
    ("/xapi/agents", "GET"): Operation(_named("agent"), ("agent",), answer="Person"),
    ("/xapi/activities", "GET"): Operation(_named("activityId"), ("activityId",), answer="Activity"),
    ("/xapi/about", "GET"): Operation(answer="About", is_open=True),
    ("/health/alive", "GET"): Operation(answer="Health", is_open=True),
    ("/health/ready", "GET"): Operation(answer="Health", is_open=True),
    (PATH, "GET"): Operation(is_open=True),
}
