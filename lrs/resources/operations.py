"""The hand-written parts of the OpenAPI description of the LRS; the rest comes from docstrings and schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from marshmallow.fields import Field

from lrs.resources import audit, oauth2, retention
from lrs.resources.openapi import ANY_BYTES, PATH, Operation
from schemas import parameter_fields as asked
from schemas.answers import AboutSchema, HealthSchema
from schemas.breaches import JsonSchema
from schemas.documents import ACTIVITY_PROFILE, AGENT_PROFILE, STATE, DocumentResource
from schemas.payloads import Query, reference
from schemas.privacy import (
    ErasureQuerySchema,
    ErasureSchema,
    ErasuresQuerySchema,
    ErasuresSchema,
    ExportQuerySchema,
)
from schemas.queries import FORMATS, PARAMETERS

ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
_PRECONDITIONS = ("If-Match", "If-None-Match")

FIELDS: Mapping[str, Callable[..., asked.Parameter]] = {
    "activity": asked.Iri,
    "activityId": asked.Iri,
    "agent": asked.Agent,
    "ascending": asked.Boolean,
    "attachments": asked.Boolean,
    "format": partial(asked.Word, *FORMATS),
    "limit": partial(asked.Whole, 0),
    "more": asked.Token,
    "profileId": asked.Token,
    "registration": asked.Uuid,
    "related_activities": asked.Boolean,
    "related_agents": asked.Boolean,
    "since": asked.Timestamp,
    "stateId": asked.Token,
    "statementId": asked.Uuid,
    "until": asked.Timestamp,
    "verb": asked.Iri,
    "voidedStatementId": asked.Uuid,
}

SCHEMAS: Mapping[str, JsonSchema] = {
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


def _query(*names: str, required: tuple[str, ...] = ()) -> tuple[Query[Any], ...]:
    """Return the schema of the parameters with these names."""
    fields: dict[str, Field[Any]] = {name: FIELDS[name](required=name in required) for name in names}
    return (cast("Query[Any]", Query.from_dict(fields)()),)


def _document_operations(path: str, resource: DocumentResource) -> dict[tuple[str, str], Operation]:
    name = resource.id_parameter
    names, required = (name, *resource.context, *resource.optional), (name, *resource.context)
    written = Operation(_query(*names, required=required), _PRECONDITIONS, ANY_BYTES, 204)
    to_delete = resource.context if resource is STATE else required
    return {
        (path, "GET"): Operation(_query(*names, "since", required=resource.context), answer=ANY_BYTES),
        (path, "PUT"): written,
        (path, "POST"): written,
        (path, "DELETE"): Operation(_query(*names, required=to_delete), _PRECONDITIONS, status=204),
    }


def _one(name: str) -> tuple[Query[Any], ...]:
    return _query(name, required=(name,))


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("/xapi/statements", "GET"): Operation(_query(*PARAMETERS, "more"), answer="StatementOrResult"),
    ("/xapi/statements", "POST"): Operation(body="StatementOrBatch", answer="Ids"),
    ("/xapi/statements", "PUT"): Operation(_one("statementId"), body="Statement", status=204),
    **_document_operations("/xapi/activities/state", STATE),
    **_document_operations("/xapi/agents/profile", AGENT_PROFILE),
    **_document_operations("/xapi/activities/profile", ACTIVITY_PROFILE),
    ("/xapi/agents", "GET"): Operation(_one("agent"), answer="Person"),
    ("/xapi/activities", "GET"): Operation(_one("activityId"), answer="Activity"),
    ("/xapi/about", "GET"): Operation(answer=AboutSchema, is_open=True),
    ("/privacy/export", "GET"): Operation((ExportQuerySchema(),), answer=ZIP),
    ("/privacy/erasures", "GET"): Operation((ErasuresQuerySchema(),), answer=ErasuresSchema),
    ("/privacy/erasures", "POST"): Operation((ErasureQuerySchema(),), answer=ErasureSchema),
    ("/health/alive", "GET"): Operation(answer=HealthSchema, is_open=True),
    ("/health/ready", "GET"): Operation(answer=HealthSchema, is_open=True),
    (PATH, "GET"): Operation(is_open=True),
    **oauth2.OPERATIONS,
    **audit.OPERATIONS,
    **retention.OPERATIONS,
}
