"""Study circles: what can be asked for, and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from schemas import parameter_fields as asked
from schemas.answers import Rows, StatementPart, Texts
from schemas.parameters import refusal
from schemas.payloads import Answer, Values
from schemas.recommendations import RULE, AboutLearner

FEWEST, MOST = 3, 6
USUAL_SIZE = 5
PARTS = ("asks", "knows", "learns")


@dataclass(frozen=True, slots=True)
class GroupQuery:
    """For whom to find a study circle, towards which goal or skill, and for how many people with the learner."""

    agent: dict[str, Any]
    identifier: str
    target: str
    value: str
    size: int = USUAL_SIZE
    speaks: str = ""


class GroupQuerySchema(AboutLearner[GroupQuery]):
    """For whom to find a study circle, towards what."""

    goal = asked.NamedText()
    skill = asked.NamedText()
    size = asked.Whole(FEWEST, MOST)
    speaks = asked.AnswerLanguage(data_key="answer_language")

    def make(self, values: Values) -> GroupQuery:
        """Return the query of these values, which name one goal or skill."""
        targets = [(name, values.pop(name)) for name in ("goal", "skill") if name in values]
        if not targets:
            raise refusal("goal", "", "is missing; send goal=... or skill=...", rule=RULE)
        if len(targets) > 1:
            raise refusal("skill", targets[1][1], "cannot go with goal; send one", rule=RULE)
        return GroupQuery(target=targets[0][0], value=targets[0][1], **values)


class GroupMemberSchema(Answer):
    """A member of a study circle: the one who `asks`, one who `knows` what it is for, or one who `learns` it."""

    agent = StatementPart("Agent", required=True)
    part = fields.String(required=True, validate=validate.OneOf(PARTS))
    reasons = Texts(required=True)


class StudyCircleSchema(Answer):
    """A study circle with the learner first; without members where there are too few, as the `message` says."""

    agent = StatementPart("Agent", required=True)
    model = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    towards = fields.Dict(values=fields.String(), required=True)
    message = fields.String(required=True)
    members = Rows(GroupMemberSchema, required=True)
