"""The field types of xAPI: each checks a value for marshmallow and knows its JSON Schema fragment."""

from collections.abc import Mapping
from typing import Any, Protocol

from marshmallow import ValidationError, fields

from schemas import patterns
from schemas.breaches import Breach, JsonSchema, breach_error, shown
from schemas.errors import InvalidInputError
from schemas.timestamps import EDGES, needs_calendar, parse_timestamp
from schemas.versions import VersionRules


class Definitions(Protocol):
    """Where a field finds the version's rules and registers what it refers to."""

    rules: VersionRules

    def reference(self, schema: Any) -> JsonSchema:
        """Return a `$ref` to a schema class, defining it on first use."""

    def keyword(self, name: str, holds: Any) -> JsonSchema:
        """Return the fragment that calls a Python check."""


class XapiField(fields.Field[Any]):
    """A field that cites its rule; null is refused (xAPI 1.0.3 Data 2.2)."""

    expects = "a value"

    def __init__(self, *, rule: str = "", only_with: str = "", required: bool = False) -> None:
        """`only_with` names the VersionRules flag without which the property does not exist."""
        super().__init__(required=required)
        self.rule = rule
        self.only_with = only_with

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        raise NotImplementedError

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """Say what marshmallow itself finds (missing, null) in our words."""
        if key == "required":
            return ValidationError([Breach(f"is required; add {self.expects}", self.citation, urgency=2)])
        return breach_error(
            f"null is not {self.expects}; leave the property out or send a value", "xAPI 1.0.3 Data 2.2"
        )

    @property
    def citation(self) -> str:
        """The rule of this field, or else of the object it belongs to."""
        return self.rule or str(getattr(self.root, "rule", ""))

    def refuse(self, value: Any) -> ValidationError:
        """Return the error for a value that is not what the field expects."""
        return breach_error(f"{shown(value)} is refused: must be {self.expects}", self.citation)


class TextField(XapiField):
    """Any string, with control characters too."""

    expects = "a string"

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "string"}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str):
            raise self.refuse(value)
        return value


class ConstantField(TextField):
    """One of a few exact words, in this very case."""

    def __init__(self, *words: str, rule: str = "", required: bool = False) -> None:
        super().__init__(rule=rule, required=required)
        self.words = words
        self.expects = " or ".join(f'"{word}"' for word in words) + " (case-sensitive)"

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"const": self.words[0]} if len(self.words) == 1 else {"enum": list(self.words)}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str) or value not in self.words:
            raise self.refuse(value)
        return value


class PatternField(TextField):
    """A string of one format, given as a pattern that Python and Rust read alike."""

    pattern = ""

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "string", "pattern": patterns.anchored(self.pattern)}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str) or not patterns.matches(self.pattern, value):
            raise self.refuse(value)
        return value


class IriField(PatternField):
    """An IRI with its scheme (RFC 3987); never normalised."""

    pattern = patterns.IRI
    expects = 'an IRI with a scheme and no spaces, such as "https://example.org/x"'


class MailtoField(PatternField):
    """A mail address as a mailto: IRI."""

    pattern = patterns.MAILTO
    expects = 'a mailto: IRI, such as "mailto:learner@example.org"'


class Sha1Field(PatternField):
    """The SHA-1 of a mailto: IRI."""

    pattern = patterns.SHA1
    expects = "a SHA-1 in 40 hexadecimal digits"


class Sha2Field(PatternField):
    """The SHA-2 of an attachment, in either case."""

    pattern = patterns.SHA2
    expects = "the SHA-2 of the data in hexadecimal digits"


class UuidField(PatternField):
    """A UUID in its canonical text, of any variant, in either case."""

    pattern = patterns.UUID
    expects = 'a UUID as in RFC 4122, such as "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"'


class LanguageTagField(PatternField):
    """A language tag."""

    pattern = patterns.LANGUAGE_TAG
    expects = 'an RFC 5646 language tag, such as "en-US"'


class MediaTypeField(PatternField):
    """An Internet media type."""

    pattern = patterns.MEDIA_TYPE
    expects = 'an Internet media type, such as "text/plain; charset=utf-8"'


class DurationField(PatternField):
    """A duration."""

    pattern = patterns.DURATION
    expects = 'an ISO 8601 duration with designators, such as "PT1H30M" or "P4W"'


class VersionField(PatternField):
    """The version a Statement says it follows; what may be said depends on the version served."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        rules: VersionRules = self.root.version_rules  # type: ignore[union-attr]
        self.expects = rules.statement_version_hint
        if not isinstance(value, str) or not patterns.matches(rules.statement_version_pattern, value):
            raise self.refuse(value)
        return value

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "string", "pattern": patterns.anchored(definitions.rules.statement_version_pattern)}


class TimestampField(PatternField):
    """A point in time, true to the calendar."""

    expects = (
        'an ISO 8601 date and time with offset Z or +hh:mm (never -00:00), such as "2026-01-02T03:04:05Z"'
    )

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {
            "type": "string",
            "pattern": patterns.anchored(definitions.rules.timestamp_pattern),
            "if": {"pattern": EDGES},
            "then": definitions.keyword("calendar", _is_on_the_calendar),
        }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        rules: VersionRules = self.root.version_rules  # type: ignore[union-attr]
        if not isinstance(value, str) or not patterns.matches(rules.timestamp_pattern, value):
            raise self.refuse(value)
        if needs_calendar(value) and not _is_on_the_calendar(value):
            raise self.refuse(value)
        return value


def _is_on_the_calendar(text: Any) -> bool:
    try:
        parse_timestamp(text)
    except InvalidInputError:
        return False
    return True
