"""The fields of query parameters: each reads text, words its refusal, and is described for OpenAPI.

A query is refused for its first wrong parameter, so they raise InvalidInputError themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from marshmallow import ValidationError, fields, missing

from schemas import parameters, patterns
from schemas.breaches import JsonSchema
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from schemas.parameters import refusal
from schemas.payloads import Query, reference
from schemas.values import Value
from schemas.versions import XAPI_2_0_0

Found = Mapping[str, str]


class Parameter(fields.Field[Any]):
    """A query parameter; any text where no subclass says more.

    `described` is its JSON Schema; `is_json` says that its text is JSON.
    """

    described: ClassVar[JsonSchema] = {"type": "string"}
    is_json = False

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """Return what the text means; raise InvalidInputError."""
        name = attr or str(self.name)
        if value is missing and self.required:
            parameters.required({}, name, self.rule)
        return super().deserialize(value, name, data, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self.read(attr or "", value)

    def read(self, name: str, value: str) -> Any:
        """Return what the text of a parameter means; raise InvalidInputError."""
        return value

    def description(self) -> JsonSchema:
        """Return the JSON Schema of the text."""
        return dict(self.described)

    @property
    def rule(self) -> str:
        """Where the parameters of this query are written down."""
        return str(getattr(self.root, "rule", ""))


class NamedText(Parameter):
    """A text that names something: it may not be blank, and its case means nothing."""

    described: ClassVar[JsonSchema] = {"type": "string", "minLength": 1}

    def read(self, name: str, value: str) -> str:
        """Return it trimmed and in lower case."""
        if not value.strip():
            raise refusal(name, value, "is empty; send a value, or leave it out", rule=self.rule)
        return value.strip().lower()


class SoughtText(Parameter):
    """A text looked for whatever its case; empty means anything."""

    def read(self, name: str, value: str) -> str:
        """Return it trimmed and in lower case."""
        return value.strip().lower()


class Alternatives(Parameter):
    """Values separated by commas, of which one must hold."""

    described: ClassVar[JsonSchema] = {"type": "string", "minLength": 1}

    def read(self, name: str, value: str) -> tuple[str, ...]:
        """Return them trimmed, in lower case and without repeats."""
        values = [one.strip().lower() for one in value.split(",")]
        if not all(values):
            raise refusal(name, value, "has an empty value; send one, or leave it out", rule=self.rule)
        return tuple(dict.fromkeys(values))


class Languages(Alternatives):
    """Language tags separated by commas."""

    def read(self, name: str, value: str) -> tuple[str, ...]:
        """Return their languages, without regions and scripts."""
        return tuple(dict.fromkeys(tag.split("-")[0] for tag in super().read(name, value)))


class Iri(Parameter):
    """An IRI."""

    described: ClassVar[JsonSchema] = {"type": "string", "pattern": patterns.anchored(patterns.IRI)}

    def read(self, name: str, value: str) -> str | None:
        """Return it as it is."""
        return parameters.iri({name: value}, name, self.rule)


class Uuid(Parameter):
    """A UUID."""

    described: ClassVar[JsonSchema] = {"type": "string", "pattern": patterns.anchored(patterns.UUID)}

    def read(self, name: str, value: str) -> str | None:
        """Return it in lower case."""
        return parameters.uuid({name: value}, name, self.rule)


class Timestamp(Parameter):
    """A point in time."""

    described: ClassVar[JsonSchema] = {"type": "string", "pattern": patterns.anchored(patterns.TIMESTAMP)}

    def read(self, name: str, value: str) -> int | None:
        """Return it in microseconds since the epoch."""
        return parameters.timestamp({name: value}, name)


class Boolean(Parameter):
    """True or false."""

    described: ClassVar[JsonSchema] = {"type": "boolean"}

    def read(self, name: str, value: str) -> bool:
        """Return which of them."""
        return parameters.boolean({name: value}, name, self.rule)


class Word(Parameter):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words

    def read(self, name: str, value: str) -> str:
        """Return the word."""
        return parameters.word({name: value}, name, self.words, self.rule)

    def description(self) -> JsonSchema:
        """Return the JSON Schema of the text."""
        return {"type": "string", "enum": list(self.words)}


class Whole(Parameter):
    """A whole number from `low` to `high`; without `high` there is no largest."""

    def __init__(self, low: int, high: int = parameters.MAX_INTEGER, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bounds = (low, high)

    def read(self, name: str, value: str) -> int:
        """Return the number."""
        return parameters.integer({name: value}, name, 0, self.bounds, self.rule)

    def description(self) -> JsonSchema:
        """Return the JSON Schema of the text."""
        low, high = self.bounds
        highest = {} if high == parameters.MAX_INTEGER else {"maximum": high}
        return {"type": "integer", "minimum": low, **highest}


class Limit(Whole):
    """How many are asked for, up to the maximum of the query."""

    def __init__(self, default: int, **kwargs: Any) -> None:
        super().__init__(1, **kwargs)
        self.default = default

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.bounds = (1, parent.maximum)
        self.load_default = min(self.default, parent.maximum)


class Share(Parameter):
    """A number from 0 to 1."""

    described: ClassVar[JsonSchema] = {"type": "number", "minimum": 0, "maximum": 1}

    def read(self, name: str, value: str) -> float:
        """Return the number."""
        if not patterns.matches(r"(0|0?\.[0-9]{1,9}|1(\.0{1,9})?|0\.0)", value):
            raise refusal(name, value, "is refused; send a number from 0 to 1, such as 0.3", rule=self.rule)
        return float(value)


class Token(Parameter):
    """The token in the address of a next page."""

    described: ClassVar[JsonSchema] = {"type": "string", "minLength": 1}

    def read(self, name: str, value: str) -> str:
        """Return it as it is."""
        if not value:
            problem = f'is empty; ask for the address that came as "{name}", or leave the parameter out'
            raise refusal(name, value, problem, rule=self.rule)
        return value


class AnswerLanguage(Parameter):
    """A language in which the reasons can be answered."""

    def read(self, name: str, value: str) -> str:
        """Return the language, without region and script."""
        languages = self._languages
        primary = value.strip().lower().split("-")[0]
        if primary not in languages:
            problem = f"is not a language of the reasons; send {', '.join(languages)}, or leave it out"
            raise refusal(name, value, problem, rule=self.rule, code="unknown_value")
        return primary

    def description(self) -> JsonSchema:
        """Return the JSON Schema of the text."""
        return {"type": "string", "enum": list(self._languages)}

    @property
    def _languages(self) -> tuple[str, ...]:
        return cast("Query[Any]", self.root).languages


class Agent(Parameter):
    """An Agent or Identified Group as JSON."""

    described: ClassVar[JsonSchema] = reference("Agent")
    is_json = True

    def read(self, name: str, value: str) -> dict[str, Any]:
        """Return it as it was sent."""
        agent = parameters.agent({name: value}, XAPI_2_0_0, name) or {}
        if identifier_of(agent) is None:
            message = f"{dump_json(agent).decode()} identifies nobody; send an Agent with one identifier"
            raise InvalidInputError(message, path=name, rule=self.rule)
        return agent


class Entered(Parameter):
    """A parameter that takes the values of a field of an entry."""

    def __init__(self, inner: Value, *, is_json: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner
        self.is_json = is_json

    def read(self, name: str, value: str) -> Any:
        """Return the value to keep."""
        try:
            return self.inner.deserialize(value, name)
        except ValidationError as error:
            problem = f"is refused; send {self.inner.expects}"
            raise refusal(name, value, problem, rule=self.inner.rule or self.rule) from error

    def description(self) -> JsonSchema:
        """Return the JSON Schema of the text."""
        return reference("Agent") if self.is_json else {"type": "string", **self.inner.description()}
