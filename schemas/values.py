"""The fields of what people enter: marshmallow's own, with refusals that name the value and what it must be.

Each returns the value to keep: trimmed, in lower case where case means nothing, every list without repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from schemas import patterns
from schemas.breaches import Breach, JsonSchema, breach_error, shown
from schemas.compiled import check_agent
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.json_text import parse_json
from schemas.timestamps import format_timestamp, parse_timestamp
from schemas.versions import XAPI_2_0_0

DAY_US = 86_400_000_000
LONGEST_TEXT = 100
LONGEST_PATTERN = 2000

Data = Mapping[str, Any] | None


class Value(fields.Field[Any]):
    """A field that words its refusals: `expects` completes "must be ...", `rule` says where that is written."""

    expects = "a value"
    rule = ""

    def deserialize(self, value: Any, attr: str | None = None, data: Data = None, **kwargs: Any) -> Any:
        """Return the value to keep; raise ValidationError with a Breach."""
        try:
            return super().deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            raise self._worded(value, error) from error

    def description(self) -> JsonSchema:
        """Return what the OpenAPI description says beyond what apispec reads from the field."""
        return {}

    def _worded(self, value: Any, error: ValidationError) -> ValidationError:
        messages = error.messages
        if isinstance(messages, dict) or isinstance(messages[0], Breach):
            return error
        if value is missing:
            return breach_error(f"is missing; add {self.expects}", self.rule)
        return breach_error(f"{shown(value)} is refused: must be {self.expects}", self.rule)


class Wording(Value, fields.String):
    """A text that must be as a sentence says."""

    def description(self) -> JsonSchema:
        """Return the sentence."""
        return {"description": f"{self.expects[0].upper()}{self.expects[1:]}."}


class Text(Wording):
    """A text of 1 to `longest` characters, trimmed; a `plain` one is kept in lower case."""

    def __init__(self, longest: int = LONGEST_TEXT, *, plain: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest, self.plain = longest, plain
        self.expects = f"a text of 1 to {longest} characters"

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if not 0 < len(text) <= self.longest or "\x00" in text:
            raise self.make_error("invalid")
        return text.lower() if self.plain else text


class Formatted(Wording):
    """A text of one form."""

    pattern = ""

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        is_short = isinstance(value, str) and len(value) <= LONGEST_PATTERN
        if not is_short or not patterns.matches(self.pattern, value):
            raise self.make_error("invalid")
        return str(value)


class Iri(Formatted):
    """An IRI, as it is."""

    pattern = patterns.IRI
    expects = 'an IRI with a scheme and no spaces, such as "https://example.org/x"'
    rule = "RFC 3987"

    def description(self) -> JsonSchema:
        """Return the sentence and the format."""
        return {**super().description(), "format": "uri"}


class LanguageTag(Formatted):
    """A language tag, as it is."""

    pattern = patterns.LANGUAGE_TAG
    expects = 'a language tag, such as "en" or "pt-BR"'
    rule = "RFC 5646"


class Language(LanguageTag):
    """A language tag, of which the language alone is kept."""

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower().split("-")[0]


class Duration(Formatted):
    """A duration, as it is."""

    pattern = patterns.DURATION
    expects = 'an ISO 8601 duration, such as "PT1H30M"'
    rule = "ISO 8601"


class Moment(Wording):
    """A date, which lasts until its end, or a point in time; the point in UTC is kept. One that begins is its start."""

    expects = 'a date such as "2027-12-31" or a point in time such as "2027-12-31T12:00:00Z"'
    rule = "ISO 8601"

    def __init__(self, *, begins: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._begins = begins

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        is_date = len(value) == len("2027-12-31")
        try:
            us = parse_timestamp(f"{value}T00:00:00Z" if is_date else value)
        except InvalidInputError as error:
            raise self.make_error("invalid") from error
        return format_timestamp(us + DAY_US if is_date and not self._begins and us < _LAST_DAY else us)


_LAST_DAY = parse_timestamp("9999-12-31T00:00:00Z")


class AgentText(Wording):
    """An Agent as a mail address, a mailto: IRI or JSON text; its canonical identifier is kept."""

    expects = "an Agent: a mail address, or JSON with one identifier"

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        cell = value.strip() if isinstance(value, str) else ""
        agent: Any = {"mbox": cell if cell.startswith("mailto:") else f"mailto:{cell}"}
        try:
            agent = parse_json(cell.encode()) if cell.startswith("{") else agent
            check_agent(agent, XAPI_2_0_0)
            identifier = identifier_of(agent)
        except (InvalidInputError, UnicodeEncodeError):
            identifier = None
        if identifier is None:
            raise self.make_error("invalid")
        return identifier


class Word(Value, fields.String):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words), **kwargs)
        self.words = words
        self.expects = " or ".join(f'"{word}"' for word in words)


class Flag(Value, fields.Boolean):
    """True or false, and nothing that only looks like it."""

    expects = "true or false"

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Whole(Value, fields.Integer):
    """A whole number within bounds."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **kwargs)
        self.expects = f"a whole number from {least} to {most}"


class Number(Value, fields.Float):
    """A number within bounds."""

    def __init__(self, least: float, most: float, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **kwargs)
        self.expects = f"a number from {least} to {most}"

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.make_error("invalid", input=value)
        return float(value)


class Several(Value, fields.List[Any]):
    """A list of at most so many values; each is kept once, in the order sent."""

    expects = "a list"

    def __init__(self, inner: Value, most: int, **kwargs: Any) -> None:
        super().__init__(inner, validate=validate.Length(max=most), **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        check_number(value, self.most)
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


class ByKey(Value, fields.Dict):
    """An object of at most so many properties, whose names and values each have one form."""

    expects = "an object"

    def __init__(self, keys: Value, values: Value, most: int, **kwargs: Any) -> None:
        super().__init__(keys=keys, values=values, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> dict[Any, Any]:
        if isinstance(value, Mapping):
            check_number(value, self.most)
        return dict(super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call]


class ByLanguage(ByKey):
    """Texts by language tag."""

    def __init__(self, longest: int, most: int, **kwargs: Any) -> None:
        super().__init__(LanguageTag(), Text(longest), most, **kwargs)


class Levels(ByKey):
    """Levels, each from `least` to `highest`, by name."""

    def __init__(self, keys: Value, bounds: tuple[int, int], most: int, **kwargs: Any) -> None:
        super().__init__(keys, Whole(*bounds), most, **kwargs)


def check_number(sent: list[Any] | Mapping[Any, Any], most: int) -> None:
    """Raise ValidationError if more values were sent than are taken."""
    if len(sent) > most:
        raise breach_error(f"{len(sent)} values are too many: send at most {most}", "")
