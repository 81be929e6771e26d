"""Peers: what can be asked for, how it is answered, and a learner's choice to be one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import fields, validate

from schemas import parameter_fields as asked
from schemas.answers import Rows, StatementPart, Texts
from schemas.breaches import JsonSchema
from schemas.errors import InvalidInputError
from schemas.parameters import refusal
from schemas.payloads import Answer, Payload, Values
from schemas.recommendations import DEFAULT_LIMIT, RULE, AboutLearner, RecommendationQuery
from schemas.values import Flag

TEAMS = ("any", "same", "other")
POLICIES = ("opt_in", "opt_out", "off")
LONGEST_TOPIC = 200


@dataclass(frozen=True, slots=True)
class PeerQuery(RecommendationQuery):
    """Which people to recommend to whom.

    `team` is one of TEAMS, `topic` a skill, the id of a nugget or free text, `more` the token of the last answer;
    `speaks` is the language of the reasons, empty for the learner's.
    """

    team: str = "any"
    topic: str = ""
    more: str = ""
    speaks: str = ""


class Topic(asked.Parameter):
    """A skill, the id of a nugget, or free text."""

    described: ClassVar[JsonSchema] = {"type": "string", "minLength": 1, "maxLength": LONGEST_TOPIC}

    def read(self, name: str, value: str) -> str:
        """Return it trimmed."""
        topic = value.strip()
        if not 0 < len(topic) <= LONGEST_TOPIC:
            problem = (
                f"is empty or too long; send a skill, the id of a nugget, or 1 to {LONGEST_TOPIC} characters"
            )
            raise refusal(name, value[:LONGEST_TOPIC], problem, rule=self.rule)
        return topic


class PeerQuerySchema(AboutLearner[PeerQuery]):
    """Which people to recommend to whom."""

    limit = asked.Limit(DEFAULT_LIMIT)
    team = asked.Word(*TEAMS)
    topic = Topic()
    more = asked.Token()
    speaks = asked.AnswerLanguage(data_key="answer_language")

    def make(self, values: Values) -> PeerQuery:
        """Return the query of these values."""
        return PeerQuery(**values)


class PeerRecommendationSchema(Answer):
    """A person with the place from 1, the score and why that person is recommended."""

    rank = fields.Integer(required=True, validate=validate.Range(min=1))
    score = fields.Float(required=True)
    agent = StatementPart("Agent", required=True)
    reasons = Texts(required=True)


class PeerRecommendationsSchema(Answer):
    """People for a learner; `more` is the address of the next page, empty after the last."""

    agent = StatementPart("Agent", required=True)
    model = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    recommendations = Rows(PeerRecommendationSchema, required=True)
    more = fields.String(required=True)


class Choice(Flag):
    """True, false, or null for neither."""

    expects = "true, false or null"


class NewPeerChoiceSchema(Payload):
    """A learner's own choice: true, false, or null for none."""

    rule = RULE
    suggest_me = Choice(required=True, allow_none=True)

    def read(self, sent: Any) -> Values:
        """Return the choice; raise InvalidInputError unless it is there, and nothing else."""
        if not isinstance(sent, dict) or set(sent) != set(self.fields):
            message = 'send an object with one property: {"suggest_me": true}, false or null'
            raise InvalidInputError(message, rule=RULE)
        return super().read(sent)


class PeerChoiceSchema(Answer):
    """A learner's choice, the store's rule, and what follows from both."""

    suggest_me = fields.Boolean(required=True, allow_none=True)
    store = fields.String(required=True, validate=validate.OneOf(POLICIES))
    is_suggested = fields.Boolean(required=True)
