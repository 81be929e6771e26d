"""Peers: what can be asked for, and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from marshmallow import fields, validate

from schemas import parameter_fields as asked
from schemas.answers import Rows, StatementPart, Texts
from schemas.breaches import JsonSchema
from schemas.parameters import refusal
from schemas.payloads import Answer, Values
from schemas.recommendations import DEFAULT_LIMIT, AboutLearner, RecommendationQuery

TEAMS = ("any", "same", "other")
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
