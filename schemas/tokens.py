"""Tokens of learners: what a server asks for, and what it is answered."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from schemas.answers import StatementPart
from schemas.breaches import JsonSchema
from schemas.compiled import check_agent
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.payloads import Answer, Payload, reference
from schemas.values import Data, Formatted, Several, Text, Value, Whole
from schemas.versions import XAPI_2_0_0

RULE = "Learnerprise tokens"
MOST_MINUTES = 60
DEFAULT_MINUTES = 10
MOST_SCOPES = 50
LONGEST_TOKEN = 4096
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Person(Value):
    """An Agent; its canonical identifier is kept."""

    expects = 'an Agent with one identifier, such as {"mbox": "mailto:ada@example.org"}'

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        try:
            check_agent(value, XAPI_2_0_0)
        except InvalidInputError as error:
            raise ValidationError("no Agent") from error
        identifier = identifier_of(value)
        if identifier is None or value.get("objectType", "Agent") != "Agent":
            raise ValidationError("no single Agent")
        return identifier

    def description(self) -> JsonSchema:
        """Return the schema of Agents."""
        return reference("Agent")


class Origin(Formatted):
    """The origin of a page, as browsers name it: in lower case, without the port that its scheme has by default."""

    pattern = r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
    expects = 'the origin of the page, such as "https://lms.example.org"'
    rule = "RFC 6454"

    def _deserialize(self, value: Any, attr: str | None, data: Data, **kwargs: Any) -> str:
        sent = value.lower() if isinstance(value, str) else value
        origin = super()._deserialize(sent, attr, data, **kwargs)
        return origin.removesuffix(DEFAULT_PORTS[origin.partition(":")[0]])


class NewTokenSchema(Payload):
    """For whom a token is, which scopes it has, pages of which origin may use it, and for how many minutes."""

    rule = RULE
    agent = Person(required=True)
    origin = Origin(required=True)
    scopes = Several(Text(), MOST_SCOPES, required=True)
    minutes = Whole(1, MOST_MINUTES, load_default=DEFAULT_MINUTES)


class RevokedTokenSchema(Payload):
    """The token to revoke."""

    rule = RULE
    token = Text(LONGEST_TOKEN, required=True)


class TokenSchema(Answer):
    """A token, for which Agent and which pages, with which scopes, and until when."""

    token = fields.String(required=True)
    token_type = fields.String(required=True)
    agent = StatementPart("Agent", required=True)
    origin = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    expires = fields.String(required=True)
    expires_in = fields.Integer(required=True)
