"""The audit trail over HTTP: what can be asked for, and the lines that are answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import fields, post_load

from schemas import parameter_fields as asked
from schemas.answers import Instant, Rows, Texts
from schemas.breaches import JsonSchema
from schemas.identifiers import identifier_of
from schemas.parameters import refusal
from schemas.payloads import Answer, Query, Values

RULE = "docs/security.md"
DEFAULT_LIMIT, MAXIMUM_LIMIT = 100, 500
_PLACE = r"([0-9]{1,12})\.([0-9]{1,6})"


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which lines: of a person (a canonical identifier) or of all, after the last one of the page before."""

    limit: int = DEFAULT_LIMIT
    more: tuple[int, int] | None = None
    about: str | None = None


class Place(asked.Parameter):
    """Where a page ended."""

    described: ClassVar[JsonSchema] = {"type": "string", "pattern": f"^{_PLACE}$"}

    def read(self, name: str, value: str) -> tuple[int, int]:
        """Return block and line."""
        found = re.fullmatch(_PLACE, value, re.ASCII)
        if found is None:
            raise refusal(
                name, value, "is no page of the audit; send the `more` of an answer", rule=self.rule
            )
        return int(found[1]), int(found[2])


class OwnAuditQuerySchema(Query[AuditQuery]):
    """Which lines about the learner who asks."""

    rule = RULE
    limit = asked.Limit(DEFAULT_LIMIT)
    more = Place()

    @post_load
    def make(self, values: Values, **kwargs: Any) -> AuditQuery:
        """Return the query."""
        agent = values.pop("agent", None)
        return AuditQuery(**values, about=identifier_of(agent) if agent else None)


class AuditQuerySchema(OwnAuditQuerySchema):
    """Which lines of the store."""

    agent = asked.Agent()


class AuditLineSchema(Answer):
    """One request: who asked, when, by which route, and of how much."""

    at = Instant(required=True)
    who = fields.String(required=True, metadata={"description": "the name of the credential"})
    key = fields.String(required=True)
    by_learner = fields.Boolean(required=True, metadata={"description": "whether it stood for a learner"})
    method = fields.String(required=True)
    route = fields.String(required=True)
    count = fields.Integer(required=True)
    everybody = fields.Boolean(
        required=True, metadata={"description": "whether it is about any number of people"}
    )
    about = Texts(
        required=True, metadata={"description": "what stands for the people, the same in every line"}
    )


class AuditSchema(Answer):
    """Lines of the audit trail, newest first; `more` is empty at the end."""

    lines = Rows(AuditLineSchema, required=True)
    more = fields.String(required=True)
