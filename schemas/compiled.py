"""The marshmallow definitions compiled once to a fast validator: it accepts, marshmallow explains."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from marshmallow import ValidationError

from schemas.breaches import Breach, JsonSchema
from schemas.errors import InvalidInputError
from schemas.fields import XapiField
from schemas.statements import AgentParameterSchema, StatementSchema
from schemas.structure import XapiSchema
from schemas.versions import VersionRules

_PYTHON_CHECK = "pythonCheck"
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNREADABLE = (ValueError, TypeError, RecursionError)


class SchemaDefinitions:
    """The JSON Schema `$defs` of one version, collected while walking the marshmallow classes."""

    def __init__(self, rules: VersionRules) -> None:
        self.rules = rules
        self.definitions: dict[str, JsonSchema] = {}
        self.checks: dict[str, Callable[[Any], bool]] = {}

    def reference(self, schema: type[XapiSchema]) -> JsonSchema:
        """Return a `$ref` to a schema class, defining it on first use."""
        name = schema.__name__.removesuffix("Schema")
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._define(name, schema(self.rules))
        return {"$ref": f"#/$defs/{name}"}

    def keyword(self, name: str, holds: Callable[[Any], bool]) -> JsonSchema:
        """Return the fragment that calls a Python check."""
        self.checks[name] = holds
        return {_PYTHON_CHECK: name}

    def _define(self, name: str, schema: XapiSchema) -> JsonSchema:
        fields = {key: field for key, field in schema.fields.items() if isinstance(field, XapiField)}
        definition: JsonSchema = {
            "type": "object",
            "properties": {key: field.fragment(self) for key, field in fields.items()},
            "required": [key for key, field in fields.items() if field.required],
            "additionalProperties": False,
        }
        across = [self._across(name, rule) for rule in schema.cross_rules]
        return {**definition, "allOf": across} if across else definition

    def _across(self, owner: str, rule: Any) -> JsonSchema:
        if rule.fragment is not None:
            return dict(rule.fragment)
        check = self.keyword(f"{owner}.{rule.name}", rule.holds)
        return {"dependentSchemas": {rule.needs: check}} if rule.needs else check


def json_schema(schema: type[XapiSchema], rules: VersionRules) -> JsonSchema:
    """Return the JSON Schema (draft 2020-12) that accepts what the marshmallow class accepts.

    Rules it cannot express appear as the keyword `pythonCheck`, which other validators ignore.
    """
    return _derive(schema, rules)[0]


def _derive(schema: type[XapiSchema], rules: VersionRules) -> tuple[JsonSchema, SchemaDefinitions]:
    found = SchemaDefinitions(rules)
    root = found.reference(schema)
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **root, "$defs": found.definitions}, found


@cache
def _compile(schema: type[XapiSchema], rules: VersionRules) -> jsonschema_rs.Draft202012Validator:
    document, found = _derive(schema, rules)

    class PythonCheck:
        """A rule JSON Schema cannot express."""

        def __init__(self, parent: Any, value: Any, path: Any) -> None:
            self.name = value
            self.holds = found.checks[value]

        def validate(self, instance: Any) -> None:
            if not self.holds(instance):
                raise ValueError(f"breaks the rule {self.name}")

    return jsonschema_rs.Draft202012Validator(
        document, keywords={_PYTHON_CHECK: PythonCheck}, pattern_options=jsonschema_rs.RegexOptions()
    )


@cache
def readable_schema(schema: type[XapiSchema], rules: VersionRules) -> XapiSchema:
    """Return the marshmallow schema of a class under one version's rules."""
    return schema(rules)


def check_statement(statement: Any, rules: VersionRules, path: str = "") -> None:
    """Raise InvalidInputError, with path, rule and remedy, unless this is a valid Statement."""
    if not accepts(StatementSchema, rules, statement):
        raise _refusal(StatementSchema, rules, statement, path)


def check_statements(statements: list[Any], rules: VersionRules) -> None:
    """Check every Statement of a batch; the path of an error starts with its index."""
    for index, statement in enumerate(statements):
        check_statement(statement, rules, f"[{index}]")


def check_agent(value: Any, rules: VersionRules, path: str = "") -> None:
    """Raise InvalidInputError unless this is an Agent or Identified Group with exactly one identifier."""
    wrapped = {"value": value}
    if not accepts(AgentParameterSchema, rules, wrapped):
        error = _refusal(AgentParameterSchema, rules, wrapped, "")
        inner = error.path.removeprefix("value")
        raise InvalidInputError(
            error.message,
            path=path + inner if path else inner.removeprefix("."),
            rule=error.rule,
            code="invalid_agent",
        )


def accepts(schema: type[XapiSchema], rules: VersionRules, value: Any) -> bool:
    """Return whether the compiled validator accepts a value; this is the fast path."""
    try:
        return _compile(schema, rules).is_valid(value)
    except _UNREADABLE:
        return False


def _refusal(schema: type[XapiSchema], rules: VersionRules, value: Any, path: str) -> InvalidInputError:
    try:
        readable_schema(schema, rules).load(value)
    except ValidationError as error:
        keys, breach = min(_walk(error.messages, ()), key=lambda found: found[1].urgency)
        return InvalidInputError(
            str(breach), path=_joined(path, keys), rule=breach.rule, code="invalid_statement"
        )
    return _own_refusal(schema, rules, value, path)


def _own_refusal(schema: type[XapiSchema], rules: VersionRules, value: Any, path: str) -> InvalidInputError:
    """Fail closed: what only the fast validator refuses stays refused, in its own words."""
    try:
        error = next(_compile(schema, rules).iter_errors(value))
    except _UNREADABLE as unreadable:
        return InvalidInputError(
            f"not JSON: {unreadable}; send JSON values", path=path, code="invalid_statement"
        )
    keys = tuple(error.instance_path)
    return InvalidInputError(
        error.message, path=_joined(path, keys), rule=schema.rule, code="invalid_statement"
    )


def _walk(messages: Any, keys: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Breach]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _walk(inner, keys if key == "_schema" else (*keys, key))
    else:
        for message in messages:
            yield keys, message if isinstance(message, Breach) else Breach(str(message))


def _joined(path: str, keys: tuple[Any, ...]) -> str:
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        elif _PLAIN_KEY.fullmatch(key):
            path += f".{key}" if path else key
        else:
            path += f'["{key}"]'
    return path
