"""GET /openapi.json: every route described by apispec, from the routes, their docstrings and the schemas.

Our own payloads are described by the marshmallow schemas that load and write them, Statements by the compiled schemas
that judge them.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Blueprint, Flask, Response, current_app, request
from marshmallow import Schema
from marshmallow.fields import Field
from werkzeug.routing import Rule

from lrs.resources.requests import VERSION_HEADER
from schemas.answers import ErrorSchema, StatementPart
from schemas.breaches import JsonSchema
from schemas.compiled import json_schema
from schemas.json_text import dump_json
from schemas.parameter_fields import Parameter
from schemas.payloads import COMPONENTS, Query, reference
from schemas.statements import StatementSchema
from schemas.values import Value
from schemas.versions import SERVED, XAPI_2_0_0

PATH = "/openapi.json"
EXTENSION = "openapi"
API_VERSION = "1.0"
METHODS = frozenset({"GET", "PUT", "POST", "DELETE"})
JSON, OCTETS, CSV_TYPE = "application/json", "application/octet-stream", "text/csv"
ANY_BYTES = {JSON: {"schema": {}}, OCTETS: {"schema": {"type": "string", "format": "binary"}}}
CSV = {CSV_TYPE: {"schema": {"type": "string"}}}

Content = type[Schema] | tuple[type[Schema], ...] | str | Mapping[str, Any]
"""A body: a schema of ours or one of several, the name of a component, or what is said by media type."""

blueprint = Blueprint("openapi", __name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """The description of a route: its parameters, its body, and the status and body of its answer.

    Several queries are alternatives: a parameter is required only if all of them require it.
    """

    queries: tuple[Query[Any], ...] = ()
    headers: tuple[str, ...] = ()
    body: Content = ""
    status: int = 200
    answer: Content = ""
    is_open: bool = False
    """Whether it asks for neither credential nor version."""


@dataclass(slots=True)
class Description:
    """The operations and components that the packages of an application registered, and the document made of them."""

    operations: dict[tuple[str, str], Operation] = field(default_factory=dict)
    schemas: dict[str, JsonSchema] = field(default_factory=dict)
    document: bytes = b""
    words: frozenset[str] = frozenset()


def describe_routes(
    app: Flask,
    operations: Mapping[tuple[str, str], Operation],
    schemas: Mapping[str, JsonSchema] = MappingProxyType({}),
) -> None:
    """Add operations, and components named in them, to the description; both LRS and recommender do."""
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


def known_words(app: Flask) -> frozenset[str]:
    """Return the names of all parameters, headers and properties that are described."""
    description: Description = app.extensions[EXTENSION]
    if not description.words:
        description.words = frozenset(
            {"Authorization", "content", "method", *_names_in(make_document(app, description))}
        )
    return description.words


def _names_in(part: Any) -> Iterator[str]:
    """Yield the names of properties and parameters anywhere in a description."""
    if isinstance(part, Mapping):
        yield from part.get("properties", ())
        yield from (part["name"],) if isinstance(part.get("name"), str) and "in" in part else ()
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _names_in(one)


def make_document(app: Flask, description: Description) -> dict[str, Any]:
    """Return the OpenAPI document of the routes that are described."""
    plugin = MarshmallowPlugin()
    # As they are: apispec would take the schema `false`, by which a property is forbidden, for a name.
    statements = {"schemas": statement_schemas()}
    spec = APISpec("Learnerprise", API_VERSION, "3.1.0", plugins=[plugin], components=statements)
    converter = plugin.converter
    assert converter is not None
    converter.add_attribute_function(_describe_field)  # type: ignore[no-untyped-call]
    converter.add_parameter_attribute_function(_describe_json)
    for name, schema in description.schemas.items():
        spec.components.schema(name, schema)
    spec.components.security_scheme("credential", {"type": "http", "scheme": "basic"})
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for rule, method in _routes(app):
        operation = description.operations.get((rule.rule, method))
        if operation:
            described = _operation(rule.rule, operation, converter)
            described["summary"] = _summary(app, rule, method)
            described["tags"] = [rule.rule.split("/")[1].removesuffix(".json")]
            spec.path(rule.rule, operations={method.lower(): described})
    return spec.to_dict()


def statement_schemas() -> dict[str, JsonSchema]:
    """Return the schemas of Statements and their parts under xAPI 2.0, which has all that 1.0.3 has."""
    definitions = json.dumps(json_schema(StatementSchema, XAPI_2_0_0)["$defs"])
    found: dict[str, JsonSchema] = json.loads(definitions.replace('"#/$defs/', f'"{COMPONENTS}'))
    return found


def _routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        for method in sorted(METHODS.intersection(rule.methods or ())):
            yield rule, method


def _describe_field(converter: OpenAPIConverter, field: Field[Any], ret: JsonSchema) -> JsonSchema:
    """Add the details of our own field types that apispec cannot read from them."""
    return field.description() if isinstance(field, (Parameter, StatementPart, Value)) else {}


def _describe_json(converter: OpenAPIConverter, field: Field[Any], ret: JsonSchema) -> JsonSchema:
    """Describe the JSON of a parameter whose text is JSON."""
    is_json = isinstance(field, Parameter) and field.is_json
    return {"content": {JSON: {"schema": ret.pop("schema")}}} if is_json else {}


def _operation(path: str, operation: Operation, converter: OpenAPIConverter) -> dict[str, Any]:
    error = {"description": "An error", "content": _content(ErrorSchema)}
    answer = {"content": _content(operation.answer)} if operation.answer else {}
    described: dict[str, Any] = {
        "parameters": [*_query_parameters(operation.queries, converter), *_headers(path, operation)],
        "responses": {str(operation.status): {"description": "Done", **answer}, "default": error},
        "security": [] if operation.is_open else [{"credential": []}, {"token": []}],
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _query_parameters(queries: Sequence[Query[Any]], converter: OpenAPIConverter) -> list[dict[str, Any]]:
    asked = [
        {one["name"]: one for one in converter.schema2parameters(query, location="query")}
        for query in queries
    ]
    found = {name: one for parameters in asked for name, one in parameters.items()}
    for name, one in found.items():
        one["required"] = all(name in parameters and parameters[name]["required"] for parameters in asked)
    return list(found.values())


def _headers(path: str, operation: Operation) -> Iterator[dict[str, Any]]:
    for name in operation.headers:
        yield {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
    if path.startswith("/xapi") and not operation.is_open:
        served = {"type": "string", "enum": [rules.name for rules in SERVED]}
        yield {"name": VERSION_HEADER, "in": "header", "required": True, "schema": served}


def _content(content: Content) -> dict[str, Any]:
    if isinstance(content, Mapping):
        return dict(content)
    if isinstance(content, tuple):
        return {JSON: {"schema": {"anyOf": list(content)}}}
    return {JSON: {"schema": reference(content) if isinstance(content, str) else content}}


def _summary(app: Flask, rule: Rule, method: str) -> str:
    view = app.view_functions[rule.endpoint]
    code = getattr(getattr(view, "view_class", None), method.lower(), view)
    return (inspect.getdoc(code) or "").partition("\n")[0]
