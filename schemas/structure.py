"""How fields make objects: nested objects, alternatives, lists, maps and rules across fields."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, cast

from marshmallow import Schema, ValidationError, validates_schema

from schemas import patterns
from schemas.breaches import Breach, JsonSchema, breach_error, shown
from schemas.fields import Definitions, XapiField
from schemas.versions import VersionRules

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CrossRule:
    """A rule over several properties of one object.

    `at` is the dotted property to blame, `needs` the property without which the rule is idle,
    `fragment` the same rule in JSON Schema; without one the Python check serves both validators.
    """

    name: str
    sentence: str
    rule: str
    holds: Callable[[Json], bool]
    at: str = ""
    needs: str = ""
    fragment: JsonSchema | None = None

    def error(self, data: Json) -> ValidationError:
        """Return the marshmallow error; `{value}` in the sentence is the blamed value."""
        value: Any = data
        keys = self.at.split(".") if self.at else []
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return breach_error(self.sentence.replace("{value}", shown(value)), self.rule, *(keys or ["_schema"]))


class XapiSchema(Schema):
    """One object of xAPI: unknown properties are refused, and keys are case-sensitive."""

    rule: ClassVar[str] = ""
    cross_rules: ClassVar[tuple[CrossRule, ...]] = ()

    def __init__(self, version_rules: VersionRules) -> None:
        self.version_rules = version_rules
        declared = cast("dict[str, XapiField]", self._declared_fields)
        absent = {
            name
            for name, field in declared.items()
            if field.only_with and not getattr(version_rules, field.only_with)
        }
        super().__init__(exclude=absent)

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Reword what marshmallow says about the object itself and about unknown properties."""
        messages = cast("dict[str, Any]", error.messages)
        if not isinstance(data, dict):
            messages["_schema"] = [Breach(f"{shown(data)} is refused: must be a JSON object", self.rule)]
            return
        for name in data:
            if name not in self.fields:
                messages[name] = [self._unknown(name)]

    def _unknown(self, name: str) -> Breach:
        near = [known for known in self.fields if known.lower() == str(name).lower()]
        remedy = f"did you mean {near[0]!r}? Names are case-sensitive" if near else "remove it"
        known = ", ".join(self.fields)
        return Breach(f"unknown property {name!r}: only {known} are allowed; {remedy}", self.rule, urgency=0)

    @validates_schema(skip_on_field_errors=True, pass_original=True)
    def check_across_fields(self, data: Any, original: Any, **kwargs: Any) -> None:
        """Run the rules that concern more than one property."""
        for rule in self.cross_rules:
            if (not rule.needs or rule.needs in original) and not rule.holds(original):
                raise rule.error(original)


class ObjectField(XapiField):
    """An object of one kind, or of one of several kinds told apart by `objectType`.

    The first kind is the one meant when `objectType` is missing.
    """

    def __init__(
        self, *kinds: type[XapiSchema], rule: str = "", only_with: str = "", required: bool = False
    ) -> None:
        super().__init__(rule=rule, only_with=only_with, required=required)
        self.kinds = kinds
        self.expects = (
            " or ".join(kind.__name__.removesuffix("Schema") for kind in kinds) + " (a JSON object)"
        )

    @cached_property
    def _schemas(self) -> dict[str, XapiSchema]:
        rules: VersionRules = self.root.version_rules  # type: ignore[union-attr]
        return {type_of(kind): kind(rules) for kind in self.kinds}

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        first, *others = (definitions.reference(kind) for kind in self.kinds)
        if not others:
            return first
        return {"anyOf": [first, *({**other, "required": ["objectType"]} for other in others)]}

    def _deserialize(self, value: Any, attr: str | None, data: Json | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.refuse(value)
        schemas = self._schemas
        default = next(iter(schemas))
        name = value.get("objectType", default) if len(schemas) > 1 else default
        if not isinstance(name, str) or name not in schemas:
            known = ", ".join(f'"{each}"' for each in schemas)
            sentence = f"{shown(name)} is refused: must be one of {known} (case-sensitive)"
            raise breach_error(sentence, self.citation, "objectType")
        return schemas[name].load(value)


def type_of(kind: type[XapiSchema]) -> str:
    """Return the `objectType` that a schema class stands for, or its class name."""
    field = kind._declared_fields.get("objectType")
    return str(getattr(field, "words", (kind.__name__,))[0])


class ListField(XapiField):
    """A JSON array of one kind of value; with `or_single`, one bare value too."""

    def __init__(
        self,
        inner: XapiField,
        *,
        rule: str = "",
        only_with: str = "",
        required: bool = False,
        least: int = 0,
        or_single: bool = False,
    ) -> None:
        super().__init__(rule=rule, only_with=only_with, required=required)
        self.inner = inner
        self.least = least
        self.or_single = or_single
        self.expects = f"an array of {inner.expects}" + (f", at least {least}" if least else "")

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.inner = deepcopy(self.inner)
        self.inner._bind_to_schema(field_name, self)

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        inner = self.inner.fragment(definitions)
        array: JsonSchema = {"type": "array", "items": inner}
        if self.least:
            array["minItems"] = self.least
        return {"anyOf": [array, inner]} if self.or_single else array

    def _deserialize(self, value: Any, attr: str | None, data: Json | None, **kwargs: Any) -> Any:
        if self.or_single and isinstance(value, dict):
            return self.inner.deserialize(value)
        if not isinstance(value, list) or len(value) < self.least:
            raise self.refuse(value)
        errors: dict[Any, Any] = {}
        for index, item in enumerate(value):
            try:
                self.inner.deserialize(item)
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return value


class MapField(XapiField):
    """An object whose keys share one format."""

    key_pattern = ""
    key_expects = ""

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "object", "propertyNames": {"pattern": patterns.anchored(self.key_pattern)}}

    def _deserialize(self, value: Any, attr: str | None, data: Json | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.refuse(value)
        for key, content in value.items():
            if not isinstance(key, str) or not patterns.matches(self.key_pattern, key):
                raise breach_error(
                    f"the key {shown(key)} must be {self.key_expects}", self.citation, str(key)
                )
            self._check_content(key, content)
        return value

    def _check_content(self, key: str, content: Any) -> None:
        """Accept anything; a subclass may be stricter."""


class LanguageMapField(MapField):
    """Texts by language."""

    key_pattern = patterns.LANGUAGE_TAG
    key_expects = 'an RFC 5646 language tag, such as "en-US"'
    expects = 'a language map, such as {"en-US": "answered"}'

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {**super().fragment(definitions), "additionalProperties": {"type": "string"}}

    def _check_content(self, key: str, content: Any) -> None:
        if not isinstance(content, str):
            raise breach_error(f"{shown(content)} is refused: must be a string", "xAPI 1.0.3 Data 4.2", key)


class ExtensionsField(MapField):
    """Anything, by IRI; here alone null is a value."""

    key_pattern = patterns.IRI
    key_expects = 'an IRI with a scheme, such as "https://example.org/extensions/x"'
    expects = "an object whose keys are IRIs"
