"""The entries that people make in the catalogue (nuggets, roles, learners, labels), as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import fields, post_load, pre_load

from schemas import parameter_fields as asked
from schemas.answers import StatementPart
from schemas.json_text import parse_json
from schemas.payloads import Answer, Payload, Query, Values
from schemas.tables import Row
from schemas.values import (
    AgentText,
    ByLanguage,
    Duration,
    Flag,
    Iri,
    Language,
    Levels,
    Moment,
    Number,
    Several,
    Text,
    Whole,
    Word,
)

Kind = Literal["nuggets", "roles", "learners", "labels"]

RULE = "Learnerprise catalogue"
PROFILE_ID = "https://learnerprise.org/xapi/profiles/learner"
MODALITIES = ("formal", "informal", "social")
REPAIRS = ("expired", "title", "language", "level", "skills")
"""What of a nugget can be to repair: it has expired, or it lacks that."""
MOST_TEXTS = 50
MOST_ROLE_SKILLS = 200
MOST_LISTED = 500
LONGEST_SKILL = 200
LOWEST_MASTERY = 0.01
MOST_POSITION, MOST_ATTEMPTS = 100_000, 1_000
LEVELS = (1, 3)


def _skills() -> Several:
    return Several(Text(LONGEST_SKILL, plain=True), MOST_TEXTS)


class EntryValues(Payload):
    """Values that people enter; an empty one counts as left out."""

    rule = RULE

    @pre_load
    def leave_out_empty(self, sent: Mapping[str, Any], **kwargs: Any) -> Values:
        """Return what was sent, without the empty values of known properties."""
        return {
            name: value
            for name, value in sent.items()
            if name not in self.fields or value not in ("", None, [], {})
        }


class NuggetValuesSchema(EntryValues):
    """The values that people enter for a nugget."""

    title = ByLanguage(500, MOST_TEXTS)
    description = ByLanguage(10_000, MOST_TEXTS)
    format = Text(plain=True)
    modality = Word(*MODALITIES)
    duration = Duration()
    level = Text(plain=True)
    language = Language()
    skills = _skills()
    prerequisites = Several(Iri(), MOST_TEXTS)
    url = Iri()
    owner = Text()
    starts = Moment(begins=True)
    valid_until = Moment()
    hidden = Flag()
    private = Flag()
    type = Iri()
    within = Iri()
    position = Whole(1, MOST_POSITION)
    mastery = Number(LOWEST_MASTERY, 1)
    attempts = Whole(1, MOST_ATTEMPTS)


class RoleValuesSchema(EntryValues):
    """The values that people enter for a role: the level wanted of each skill."""

    skills = Levels(Text(LONGEST_SKILL, plain=True), LEVELS, MOST_ROLE_SKILLS)


class LearnerValuesSchema(EntryValues):
    """The values that people enter for a learner."""

    team = Text()
    role = Text()
    site = Text()
    skills = _skills()
    goals = _skills()
    languages = Several(Language(), MOST_TEXTS)
    name = Text()


class LabelValuesSchema(EntryValues):
    """The names, by language, under which people read of a skill, a role or a team.

    All nuggets that teach a `private` skill are private.
    """

    private = Flag()
    label = ByLanguage(LONGEST_SKILL, MOST_TEXTS)


class NuggetRowSchema(NuggetValuesSchema, Row):
    """A nugget in a CSV."""

    key = "activity"
    activity = Iri(required=True)


class RoleSchema(RoleValuesSchema, Row):
    """A role, in a CSV too."""

    key = "name"
    name = Text(required=True)


class LabelSchema(LabelValuesSchema, Row):
    """The labels of a skill, a role or a team, in a CSV too."""

    key = "name"
    name = Text(LONGEST_SKILL, required=True)


class LearnerRowSchema(LearnerValuesSchema, Row):
    """A learner's entry in a list or a CSV: the Agent is a mail address, or JSON text."""

    key = "agent"
    agent = AgentText(required=True)


VALUES: Mapping[Kind, Payload] = {
    "nuggets": NuggetValuesSchema(),
    "roles": RoleValuesSchema(),
    "learners": LearnerValuesSchema(),
    "labels": LabelValuesSchema(),
}
ROWS: Mapping[Kind, Row] = {
    "nuggets": NuggetRowSchema(),
    "roles": RoleSchema(),
    "learners": LearnerRowSchema(),
    "labels": LabelSchema(),
}


class CompletionSchema(Answer):
    """How many learners opened a nugget, completed it, and got half way at least; null of a private nugget.

    Each number is rounded down to a multiple of five, so 0 stands for fewer than five.
    """

    opened = fields.Integer(required=True, allow_none=True)
    completed = fields.Integer(required=True, allow_none=True)
    halfway = fields.Integer(required=True, allow_none=True)


class NuggetSchema(Answer):
    """A nugget: what people entered of it, and what is shown, for which Statements are read too.

    `completion` is there where one nugget is asked for.
    """

    activity = fields.String(required=True)
    entered = fields.Nested(NuggetValuesSchema, required=True, allow_none=True)
    shown = fields.Nested(NuggetValuesSchema, required=True)
    completion = fields.Nested(CompletionSchema)


class NuggetsSchema(Answer):
    """A page of nuggets; `more` is the address of the next one, empty after the last."""

    nuggets = fields.Nested(NuggetSchema, many=True, required=True)
    more = fields.String(required=True)


class RolesSchema(Answer):
    """All roles."""

    roles = fields.Nested(RoleSchema, many=True, required=True)


class LabelsSchema(Answer):
    """All labels."""

    labels = fields.Nested(LabelSchema, many=True, required=True)


class LearnerSchema(Answer):
    """A learner: what people entered, and what is known, for which profiles and Statements are read too."""

    agent = StatementPart("Agent", required=True)
    entered = fields.Nested(LearnerValuesSchema, required=True, allow_none=True)
    known = fields.Nested(LearnerValuesSchema, required=True)


class LearnersSchema(Answer):
    """A page of what was entered of learners; `more` is the address of the next one, empty after the last."""

    learners = fields.Nested(LearnerRowSchema, many=True, required=True)
    more = fields.String(required=True)


class WrittenSchema(Answer):
    """How many lines of a CSV were written."""

    written = fields.Integer(required=True)


@dataclass(frozen=True, slots=True)
class NuggetQuery:
    """Which nuggets to list: texts are equal in lower case, `after` is the last id of the page before.

    `repair` asks for those that have expired, or lack what it names. `shown` asks for everything as it is shown, not
    only as it was entered, where the answer is a CSV.
    """

    limit: int
    after: str = ""
    skill: str = ""
    format: str = ""
    modality: str = ""
    language: str = ""
    level: str = ""
    owner: str = ""
    text: str = ""
    hidden: bool | None = None
    entered: bool | None = None
    repair: str = ""
    shown: bool = False


class NuggetListQuerySchema(Query[NuggetQuery]):
    """Which nuggets to list."""

    rule = RULE
    limit = asked.Whole(1, MOST_LISTED, load_default=100)
    after = asked.Parameter()
    skill = asked.SoughtText()
    format = asked.SoughtText()
    modality = asked.SoughtText()
    language = asked.SoughtText()
    level = asked.SoughtText()
    owner = asked.SoughtText()
    text = asked.SoughtText()
    hidden = asked.Boolean()
    entered = asked.Boolean()
    repair = asked.Word(*REPAIRS)
    shown = asked.Boolean()

    @post_load
    def make(self, values: Values, **kwargs: Any) -> NuggetQuery:
        """Return the query."""
        return NuggetQuery(**values)


class NuggetKeySchema(Query[Values]):
    """Which nugget a request is about."""

    rule = RULE
    activity = asked.Entered(Iri(), required=True)


class RoleListQuerySchema(Query[Values]):
    """All roles, or the one named."""

    rule = RULE
    name = asked.Entered(Text())


class LabelListQuerySchema(Query[Values]):
    """All labels, or those of the skill, role or team named."""

    rule = RULE
    name = asked.Entered(Text(LONGEST_SKILL))


class LearnerListQuerySchema(Query[Values]):
    """All learners, or the one named."""

    rule = RULE
    limit = asked.Whole(1, MOST_LISTED, load_default=100)
    after = asked.Parameter()
    agent = asked.Entered(AgentText(), is_json=True)


class RoleKeySchema(Query[Values]):
    """Which role a request is about."""

    rule = RULE
    name = asked.Entered(Text(), required=True)


class LabelKeySchema(Query[Values]):
    """Which skill, role or team a request is about."""

    rule = RULE
    name = asked.Entered(Text(LONGEST_SKILL), required=True)


class LearnerKeySchema(Query[Values]):
    """Which learner a request is about."""

    rule = RULE
    agent = asked.Entered(AgentText(), required=True, is_json=True)


class NothingAskedSchema(Query[Values]):
    """No parameter at all."""

    rule = RULE


NOTHING_ASKED = NothingAskedSchema()
KEYS: Mapping[Kind, Query[Values]] = {
    "nuggets": NuggetKeySchema(),
    "roles": RoleKeySchema(),
    "learners": LearnerKeySchema(),
    "labels": LabelKeySchema(),
}


def parse_values(kind: Kind, body: bytes) -> Values:
    """Return the values of one entry from JSON; empty ones are left out.

    Raise InvalidInputError naming the property, its value and what it must be.
    """
    return VALUES[kind].read(parse_json(body))
