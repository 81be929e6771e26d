"""For how long a store keeps which Statements, also as it is sent and answered over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, post_load

from schemas import parameter_fields as asked
from schemas.breaches import JsonSchema, breach_error
from schemas.errors import InvalidInputError
from schemas.payloads import Answer, Payload, Query, Values
from schemas.values import LONGEST_TEXT, Data, Iri, Several, Text, Value, Whole

RULE = "docs/privacy.md"
MOST_RULES, MOST_DAYS = 50, 36_500


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Statements are kept for so many days: all of them, or those with a verb, or stored with a credential, or both."""

    days: int
    verb: str = ""
    credential: str = ""

    @property
    def about(self) -> tuple[str, str]:
        """Which Statements the rule is about; a store has one rule about each."""
        return self.verb, self.credential


class RetentionRuleSchema(Payload):
    """A rule as it is sent; without verb and credential it is about all Statements."""

    rule = RULE
    days = Whole(1, MOST_DAYS, required=True)
    verb = Iri()
    credential = Text(LONGEST_TEXT)

    @post_load
    def make(self, values: Values, **kwargs: Any) -> RetentionRule:
        """Return the rule."""
        return RetentionRule(**values)


class _Rule(Value):
    """A rule within a list."""

    expects = 'an object such as {"days": 730}'
    rule = RULE
    schema = RetentionRuleSchema()

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError("no object")
        try:
            return self.schema.read(value)
        except InvalidInputError as error:
            raise breach_error(str(error), error.rule) from error

    def description(self) -> JsonSchema:
        """Return the properties of a rule."""
        text = {"type": "string"}
        days = {"type": "integer", "minimum": 1, "maximum": MOST_DAYS}
        properties = {"days": days, "verb": {**text, "format": "uri"}, "credential": text}
        return {
            "type": "object",
            "properties": properties,
            "required": ["days"],
            "additionalProperties": False,
        }


class RetentionSchema(Payload):
    """All rules of a store; none lets it keep its Statements for good."""

    rule = RULE
    rules = Several(_Rule(), MOST_RULES, required=True)


class RetentionQuerySchema(Query[Values]):
    """Whether the rules are only tried out: then it is counted what would go, and nothing changes."""

    rule = RULE
    dry_run = asked.Boolean(load_default=False)


class CountedRuleSchema(Answer):
    """A rule, and how many Statements go by it now; without verb and credential it is about all."""

    days = fields.Integer(required=True)
    verb = fields.String()
    credential = fields.String()
    statements = fields.Integer(required=True)


class CountedRetentionSchema(Answer):
    """All rules of a store, each with how many Statements go by it now."""

    rules = fields.Nested(CountedRuleSchema, many=True, required=True)
