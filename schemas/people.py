"""People with many names: what is sent to join and part them, and how a person is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, post_load

from schemas import parameter_fields as asked
from schemas.answers import Instant, StatementPart
from schemas.identifiers import agent_of, identifier_of
from schemas.json_text import dump_json
from schemas.payloads import Answer, Payload, Query, Values
from schemas.tables import Row
from schemas.values import AgentText, ByKey, Several, Text

RULE = "Learnerprise people"
MOST_NAMES = 50
MOST_RULES = 20
LONGEST_HOME_PAGE, LONGEST_DOMAIN, LONGEST_TOKEN = 1000, 253, 8000


@dataclass(frozen=True, slots=True)
class MailRule:
    """The accounts of a home page have the local parts, or the whole mail addresses, of a domain as names."""

    home_page: str
    domain: str

    def same_as(self, identifier: str) -> Iterator[str]:
        """Yield the identifiers that are the same person as this one by the rule."""
        agent = agent_of(identifier)
        if "account" in agent and agent["account"]["homePage"] == self.home_page:
            local, at, domain = agent["account"]["name"].rpartition("@")
            name = local if at and domain.lower() == self.domain else "" if at else domain
            if name:
                yield f"mbox|mailto:{name}@{self.domain}"
        elif "mbox" in agent:
            local, _, domain = agent["mbox"].removeprefix("mailto:").rpartition("@")
            if domain.lower() == self.domain:
                yield from (self._account(name) for name in (local, f"{local}@{domain}"))

    def _account(self, name: str) -> str:
        return f"account|{len(self.home_page)}|{self.home_page}|{name}"


def same_by_rules(identifier: str, rules: Sequence[MailRule]) -> tuple[str, ...]:
    """Return the identifiers that are the same person as this one by any of the rules."""
    return tuple(dict.fromkeys(one for rule in rules for one in rule.same_as(identifier)))


class PersonQuerySchema(Query[str]):
    """The identifier of the person that a request is about."""

    rule = RULE
    agent = asked.Agent(required=True)

    @post_load
    def make(self, values: Values, **kwargs: Any) -> str:
        """Return the identifier."""
        return str(identifier_of(values["agent"]))


class Named(AgentText):
    """An Agent as JSON, or a mail address; its canonical identifier is kept."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = dump_json(dict(value)).decode() if isinstance(value, Mapping) else value
        return super()._deserialize(text, attr, data, **kwargs)


class SameRow(Row):
    """A line of a CSV: two identifiers of one person."""

    key = "agent"
    rule = RULE
    agent = AgentText(required=True)
    same_as = AgentText(required=True)


class JoinSchema(Payload):
    """The identifiers of one person, which are joined."""

    rule = RULE
    agents = Several(Named(), MOST_NAMES, required=True)


class OneAgentSchema(Payload):
    """An identifier that stands for another person than the rest of its person's."""

    rule = RULE
    agent = Named(required=True)


class MailRulesSchema(Payload):
    """All rules of a store: by the home page of accounts, the domain whose mail addresses are their names."""

    rule = RULE
    rules = ByKey(Text(LONGEST_HOME_PAGE), Text(LONGEST_DOMAIN), MOST_RULES, required=True)


class ProofRequestSchema(Payload):
    """A learner, and the mail address that is to become the learner's, too."""

    rule = RULE
    agent = Named(required=True)
    mail = Named(required=True)


class ProofSchema(Answer):
    """A token that only the holder of the mail address may get, and until when it can be used."""

    token = fields.String(required=True)
    until = Instant(required=True)


class AcceptedProofSchema(Payload):
    """The learner who got a token by mail, and the token."""

    rule = RULE
    agent = Named(required=True)
    token = Text(LONGEST_TOKEN, required=True)


class NameSchema(Answer):
    """An identifier of a person, and what joined it to the first ones: csv, admin, rule or mail; null for those."""

    agent = StatementPart("Agent", required=True)
    by = fields.String(required=True, allow_none=True)
    since = Instant(required=True, allow_none=True)


class KnownPersonSchema(Answer):
    """A person with all identifiers."""

    name = fields.String(required=True, allow_none=True)
    identifiers = fields.Nested(NameSchema, many=True, required=True)


class JoinedSchema(Answer):
    """How many people were joined to others, and how many groups were left out: somebody in them was erased."""

    joined = fields.Integer(required=True)
    left_out = fields.Integer(required=True)
