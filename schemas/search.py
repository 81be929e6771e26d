"""Searching nuggets, skills and people: what can be asked for, and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from schemas import parameter_fields as asked
from schemas.answers import Rounded, Rows, ShownActivity
from schemas.payloads import Answer, Values
from schemas.peers import PeerRecommendationSchema, Topic
from schemas.recommendations import DEFAULT_LIMIT, AboutNuggets, NuggetFilters

MOST_SKIPPED = 1_000
FACETS = ("format", "modality", "language", "level", "skill", "max_minutes")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for, the properties that nuggets must have, and who asks (empty: nobody in particular).

    The first `skip` nuggets are left out; `speaks` is the language of the texts, empty for the learner's.
    """

    text: str
    agent: dict[str, Any] | None = None
    identifier: str = ""
    limit: int = DEFAULT_LIMIT
    skip: int = 0
    filters: NuggetFilters = NuggetFilters()
    speaks: str = ""


class SearchQuerySchema(AboutNuggets[SearchQuery]):
    """What is looked for, and by whom."""

    text = Topic(required=True)
    agent = asked.Agent()
    skip = asked.Whole(0, MOST_SKIPPED)

    def make(self, values: Values) -> SearchQuery:
        """Return the query of these values."""
        return SearchQuery(filters=self.filters(values), **values)


class FoundNuggetSchema(Answer):
    """A nugget that was found, and how well it fits: from 1 on its words match, below 1 its meaning does."""

    activity = ShownActivity(required=True)
    score = Rounded(4, required=True)


class FoundSkillSchema(Answer):
    """A skill that fits, as it is called in the language of the answer, and how many open nuggets teach it."""

    skill = fields.String(required=True)
    label = fields.String(required=True)
    nuggets = fields.Integer(required=True, validate=validate.Range(min=0))


class FacetValueSchema(Answer):
    """A value that a filter may have, and how many of the nuggets found it would leave."""

    value = fields.String(required=True)
    nuggets = fields.Integer(required=True, validate=validate.Range(min=1))


class SearchAnswerSchema(Answer):
    """What was found. `total` counts all nuggets that match; people are those who agreed to be suggested."""

    text = fields.String(required=True)
    language = fields.String(required=True)
    total = fields.Integer(required=True, validate=validate.Range(min=0))
    nuggets = Rows(FoundNuggetSchema, required=True)
    facets = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FACETS)),
        values=Rows(FacetValueSchema),
        required=True,
    )
    skills = Rows(FoundSkillSchema, required=True)
    people = Rows(PeerRecommendationSchema, required=True)
    more = fields.String(required=True)
