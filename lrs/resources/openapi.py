"""GET /openapi.json: every route described, from the routes themselves, their docstrings and the compiled schemas.

The JSON Schemas are those that judge Statements; nothing is written twice but what only the code of a route knows.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.routing import Rule

from lrs.resources.requests import VERSION_HEADER
from schemas.breaches import JsonSchema
from schemas.compiled import json_schema
from schemas.json_text import dump_json
from schemas.statements import StatementSchema
from schemas.versions import SERVED, XAPI_2_0_0

PATH = "/openapi.json"
EXTENSION = "openapi"
API_VERSION = "1.0"
METHODS = frozenset({"GET", "PUT", "POST", "DELETE"})
BYTES = "bytes"
CSV = "csv"
JSON, OCTETS = "application/json", "application/octet-stream"
CSV_TYPE = "text/csv"
COMPONENTS = "#/components/schemas/"

blueprint = Blueprint("openapi", __name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the code of a route knows: parameters, the schema of the body, status and schema of the answer."""

    query: Mapping[str, JsonSchema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    body: str = ""
    status: int = 200
    answer: str = ""
    is_open: bool = False
    """Whether it asks for neither credential nor version."""


@dataclass(slots=True)
class Description:
    """What the packages of an application told about their routes, and the document once it was made."""

    operations: dict[tuple[str, str], Operation] = field(default_factory=dict)
    schemas: dict[str, JsonSchema] = field(default_factory=dict)
    document: bytes = b""


def describe_routes(
    app: Flask, operations: Mapping[tuple[str, str], Operation], schemas: Mapping[str, JsonSchema]
) -> None:
    """Add to the description of an application; both LRS and recommender do."""
    description: Description = app.extensions.setdefault(EXTENSION, Description())
    description.operations.update(operations)
    description.schemas.update(schemas)


@blueprint.get(PATH)
def get_description() -> Response:
    """Answer this description (OpenAPI 3.1)."""
    description: Description = current_app.extensions[EXTENSION]
    if request.script_root:
        document = {**make_document(current_app, description), "servers": [{"url": request.script_root}]}
        return Response(dump_json(document), mimetype=JSON)
    if not description.document:
        description.document = dump_json(make_document(current_app, description))
    return Response(description.document, mimetype=JSON)


def make_document(app: Flask, description: Description) -> dict[str, Any]:
    """Return the OpenAPI document of the routes that are described."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        for method in sorted(METHODS.intersection(rule.methods or ())):
            operation = description.operations.get((rule.rule, method))
            if operation:
                described = _operation(rule.rule, operation, _summary(app, rule, method))
                paths.setdefault(rule.rule, {})[method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Learnerprise", "version": API_VERSION},
        "paths": paths,
        "components": {
            "schemas": {**statement_schemas(), **description.schemas},
            "securitySchemes": {"credential": {"type": "http", "scheme": "basic"}},
        },
    }


def statement_schemas() -> dict[str, JsonSchema]:
    """Return the schemas of Statements and their parts under xAPI 2.0, which has all that 1.0.3 has."""
    definitions = json.dumps(json_schema(StatementSchema, XAPI_2_0_0)["$defs"])
    found: dict[str, JsonSchema] = json.loads(definitions.replace('"#/$defs/', f'"{COMPONENTS}'))
    return found


def reference(name: str) -> JsonSchema:
    """Return the reference to a schema of the document."""
    return {"$ref": COMPONENTS + name}


def _operation(path: str, operation: Operation, summary: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": summary,
        "parameters": list(_parameters(path, operation)),
        "responses": {
            str(operation.status): _answer(operation.answer),
            "default": {"description": "An error", "content": {JSON: {"schema": reference("Error")}}},
        },
        "security": [] if operation.is_open else [{"credential": []}],
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _parameters(path: str, operation: Operation) -> Iterator[dict[str, Any]]:
    for name, schema in operation.query.items():
        required = name in operation.required
        if name == "agent":
            yield {"name": name, "in": "query", "required": required, "content": {JSON: {"schema": schema}}}
        else:
            yield {"name": name, "in": "query", "required": required, "schema": schema}
    for name in operation.headers:
        yield {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
    if path.startswith("/xapi") and not operation.is_open:
        served = {"type": "string", "enum": [rules.name for rules in SERVED]}
        yield {"name": VERSION_HEADER, "in": "header", "required": True, "schema": served}


def _answer(name: str) -> dict[str, Any]:
    return {"description": "Done", **({"content": _content(name)} if name else {})}


def _content(name: str) -> dict[str, Any]:
    if name == BYTES:
        return {JSON: {"schema": {}}, OCTETS: {"schema": {"type": "string", "format": "binary"}}}
    if name == CSV:
        return {CSV_TYPE: {"schema": {"type": "string"}}}
    return {JSON: {"schema": reference(name)}}


def _summary(app: Flask, rule: Rule, method: str) -> str:
    view = app.view_functions[rule.endpoint]
    code = getattr(getattr(view, "view_class", None), method.lower(), view)
    return (inspect.getdoc(code) or "").partition("\n")[0]
