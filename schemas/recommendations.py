"""Recommendations: what can be asked for, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from marshmallow import fields, post_load, validate

from schemas import parameter_fields as asked
from schemas import patterns
from schemas.answers import Rows, ShownActivity, StatementPart, Texts
from schemas.breaches import JsonSchema
from schemas.catalogue import LEVELS, MODALITIES
from schemas.identifiers import identifier_of
from schemas.parameters import refusal
from schemas.payloads import Answer, Query, Values

RULE = "Learnerprise recommendations"
DEFAULT_LIMIT = 10
FILTERS = ("format", "modality", "language", "level", "skill", "max_minutes")
TARGETS = ("skill", "role", "goal")
BEGUN, LATER = "begun", "later"
SHELVES = (BEGUN, LATER)
MOST_MINUTES = 1_000_000
MOST_SHARE = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecommendationQuery:
    """For whom to recommend, and how many at most."""

    agent: dict[str, Any]
    identifier: str
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class NuggetFilters:
    """The properties that nuggets must have; several values of one are alternatives, an empty one allows all."""

    format: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    skill: str = ""
    max_minutes: int | None = None

    def named(self) -> dict[str, tuple[str, ...]]:
        """Return the properties with the values asked for, of those that have some."""
        asked = {name: getattr(self, name) for name in ("format", "modality", "language", "level")}
        return {name: values for name, values in asked.items() if values}


@dataclass(frozen=True, slots=True)
class NuggetQuery(RecommendationQuery):
    """Which nuggets to recommend to whom: `mix` are shares by modality, `more` the token of the last answer.

    `diversity` (0 to 1) is None for the setting; `speaks` is the language of the reasons, empty for the learner's.
    `shelf` is one of SHELVES for the nuggets on it only, else empty.
    """

    filters: NuggetFilters = NuggetFilters()
    mix: Mapping[str, int] = field(default_factory=dict)
    more: str = ""
    diversity: float | None = None
    speaks: str = ""
    shelf: str = ""


@dataclass(frozen=True, slots=True)
class SimilarQuery:
    """The nugget to find similar ones for, and the learner who asks, if given."""

    activity: str
    agent: dict[str, Any] | None = None
    identifier: str = ""
    limit: int = DEFAULT_LIMIT
    filters: NuggetFilters = NuggetFilters()
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class PathQuery:
    """For whom a learning path, and towards what: one of TARGETS and its value, or neither."""

    agent: dict[str, Any]
    identifier: str
    target: str = ""
    value: str = ""
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class NextQuery:
    """For whom the next action, and within which course, path or other Activity; empty: the last one acted in."""

    agent: dict[str, Any]
    identifier: str
    within: str = ""
    speaks: str = ""


class Modalities(asked.Alternatives):
    """Modalities separated by commas."""

    def read(self, name: str, value: str) -> tuple[str, ...]:
        """Return them without repeats."""
        values = super().read(name, value)
        for one in values:
            check_modality(name, one)
        return values

    def description(self) -> JsonSchema:
        """Return the JSON Schema of the text."""
        return {"type": "string", "enum": list(MODALITIES)}


class Mix(asked.Alternatives):
    """Shares by modality, such as `formal:5,informal:3,social:2`; one of 0 leaves a modality out."""

    described: ClassVar[JsonSchema] = {"type": "string", "examples": ["formal:5,informal:3,social:2"]}

    def read(self, name: str, value: str) -> dict[str, int]:  # type: ignore[override]
        """Return the shares."""
        shares: dict[str, int] = {}
        for part in super().read(name, value):
            modality, share = self._share(name, part)
            if modality in shares:
                raise refusal(name, part, f"names {modality} twice; send it once", rule=self.rule)
            shares[modality] = share
        if not any(shares.values()):
            raise refusal(name, value, "leaves nothing; give a share above 0", rule=self.rule)
        return shares

    def _share(self, name: str, part: str) -> tuple[str, int]:
        modality, colon, number = (text.strip() for text in part.partition(":"))
        check_modality(name, modality)
        if not colon or not patterns.matches("[0-9]{1,4}", number) or int(number) > MOST_SHARE:
            problem = f"is refused; send shares from 0 to {MOST_SHARE}, such as formal:5,informal:3,social:2"
            raise refusal(name, part, problem, rule=self.rule)
        return modality, int(number)


class NuggetId(asked.Iri):
    """The id of a nugget, described by its format: the pattern is for validators, not for readers."""

    described: ClassVar[JsonSchema] = {"type": "string", "format": "uri"}


class AboutLearner(Query[T]):
    """A query about a learner."""

    rule = RULE
    agent = asked.Agent(required=True)

    @post_load
    def identify(self, values: Values, **kwargs: Any) -> Any:
        """Return the query with the identifier of its Agent."""
        if "agent" in values:
            values["identifier"] = identifier_of(values["agent"])
        return self.make(values)

    def make(self, values: Values) -> Any:
        """Return the query of these values."""
        raise NotImplementedError


class AboutNuggets(AboutLearner[T]):
    """A query for nuggets."""

    limit = asked.Limit(DEFAULT_LIMIT)
    format = asked.Alternatives()
    modality = Modalities()
    language = asked.Languages()
    level = asked.Alternatives()
    skill = asked.NamedText()
    max_minutes = asked.Whole(1, MOST_MINUTES)
    speaks = asked.AnswerLanguage(data_key="answer_language")

    def filters(self, values: Values) -> NuggetFilters:
        """Take what nuggets must be like out of the values."""
        return NuggetFilters(**{name: values.pop(name) for name in FILTERS if name in values})


class RecommendationQuerySchema(AboutLearner[RecommendationQuery]):
    """For whom to recommend, and how many at most."""

    limit = asked.Limit(DEFAULT_LIMIT)

    def make(self, values: Values) -> RecommendationQuery:
        """Return the query of these values."""
        return RecommendationQuery(**values)


class NuggetQuerySchema(AboutNuggets[NuggetQuery]):
    """Which nuggets to recommend to whom."""

    mix = Mix()
    diversity = asked.Share()
    shelf = asked.Word(*SHELVES)
    more = asked.Token()

    def make(self, values: Values) -> NuggetQuery:
        """Return the query of these values."""
        return NuggetQuery(filters=self.filters(values), **values)


class SimilarQuerySchema(AboutNuggets[SimilarQuery]):
    """To which nugget others should be similar."""

    activity = NuggetId(required=True)
    agent = asked.Agent()

    def make(self, values: Values) -> SimilarQuery:
        """Return the query of these values."""
        return SimilarQuery(filters=self.filters(values), **values)


class PathQuerySchema(AboutLearner[PathQuery]):
    """For whom a learning path, and towards what."""

    skill = asked.NamedText()
    role = asked.NamedText()
    goal = asked.NamedText()
    speaks = asked.AnswerLanguage(data_key="answer_language")

    def make(self, values: Values) -> PathQuery:
        """Return the query of these values, which name one target at most."""
        targets = [(name, values.pop(name)) for name in TARGETS if name in values]
        if len(targets) > 1:
            (first, _), (second, value) = targets[:2]
            raise refusal(second, value, f"cannot go with {first}; send one", rule=RULE)
        target, value = targets[0] if targets else ("", "")
        return PathQuery(target=target, value=value, **values)


class NextQuerySchema(AboutLearner[NextQuery]):
    """For whom the next action, and in which course."""

    within = NuggetId()
    speaks = asked.AnswerLanguage(data_key="answer_language")

    def make(self, values: Values) -> NextQuery:
        """Return the query of these values."""
        return NextQuery(**values)


class NuggetRecommendationSchema(Answer):
    """A nugget with its place from 1, its score and why it is recommended."""

    rank = fields.Integer(required=True, validate=validate.Range(min=1))
    score = fields.Float(required=True)
    activity = ShownActivity(required=True)
    reasons = Texts(required=True)


class NuggetRecommendationsSchema(Answer):
    """Nuggets for a learner; `more` is the address of the next page, empty after the last.

    `message` says why there are none, or which goals nothing leads to; `language` is that of all texts.
    """

    agent = StatementPart("Agent", required=True)
    model = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    message = fields.String(required=True)
    recommendations = Rows(NuggetRecommendationSchema, required=True)
    more = fields.String(required=True)


class SimilarNuggetsSchema(Answer):
    """Nuggets that are most like one."""

    activity = fields.String(required=True)
    model = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    recommendations = Rows(NuggetRecommendationSchema, required=True)


class AddedSkillSchema(Answer):
    """A skill that a step of a path adds, with its level."""

    skill = fields.String(required=True)
    level = fields.Integer(required=True, validate=validate.Range(*LEVELS))

    def get_attribute(self, obj: tuple[str, int], attr: str, default: Any) -> Any:
        """Return the skill or the level of a pair of both."""
        return obj[("skill", "level").index(attr)]


class PathStepSchema(Answer):
    """A nugget of a path; `needed_before` is the id of the later step that needs it, if one does."""

    rank = fields.Integer(required=True, validate=validate.Range(min=1))
    activity = ShownActivity(required=True)
    adds = fields.Nested(AddedSkillSchema, many=True, required=True)
    needed_before = fields.String(required=True, allow_none=True)
    reasons = Texts(required=True)
    hours = fields.Float(required=True, allow_none=True)


class PathGroupSchema(Answer):
    """The steps of a path (ranks) that lead to one role, goal or skill, and their hours as far as they are known."""

    towards = fields.String(required=True, validate=validate.OneOf(TARGETS))
    name = fields.String(required=True)
    steps = fields.List(fields.Integer(), required=True)
    hours = fields.Float(required=True)


class LearningPathSchema(Answer):
    """A path: its steps in the order to be taken, how many hours they take as far as known, and what it is about."""

    agent = StatementPart("Agent", required=True)
    model = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    towards = fields.Dict(values=fields.String(), required=True)
    message = fields.String(required=True)
    steps = Rows(PathStepSchema, required=True)
    known = Texts(required=True)
    missing = Texts(required=True)
    not_taught = Texts(required=True)
    hours = fields.Float(required=True)
    groups = fields.Nested(PathGroupSchema, many=True, required=True)


class ActionSchema(Answer):
    """What to do: its stage, the address to go on at, and how far the learner got (0 to 1) where that is known."""

    activity = ShownActivity(required=True)
    stage = fields.String(required=True, validate=validate.OneOf(("begun", "failed", "open", "beyond")))
    resume_at = fields.String(required=True)
    progress = fields.Float(required=True, allow_none=True)
    reasons = Texts(required=True)


class NextActionSchema(Answer):
    """The next action in a course, null where there is none, and other ones; beyond the course once it is done.

    `finished` and `left` count the steps of the course, `last` is the one that the learner acted on last.
    """

    agent = StatementPart("Agent", required=True)
    model = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    within = StatementPart("Activity", required=True)
    message = fields.String(required=True)
    finished = fields.Integer(required=True)
    left = fields.Integer(required=True)
    last = fields.String(required=True, allow_none=True)
    next = fields.Nested(ActionSchema, required=True, allow_none=True)
    alternatives = Rows(ActionSchema, required=True)


def check_modality(name: str, value: str) -> None:
    """Raise InvalidInputError unless a value of a parameter is a modality."""
    if value not in MODALITIES:
        problem = "is not a modality; send formal, informal or social"
        raise refusal(name, value, problem, rule=RULE, code="unknown_value")
