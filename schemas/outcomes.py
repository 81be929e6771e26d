"""Outcomes of recommendations: the query parameters, and the answers about outcomes and experiments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from marshmallow import fields, post_dump, post_load, validate

from schemas import parameter_fields as asked
from schemas.answers import Instant, Rounded
from schemas.breaches import JsonSchema
from schemas.parameters import refusal
from schemas.payloads import Answer, Query, Values
from schemas.recommendations import RULE

DAY_US = 86_400_000_000
DEFAULT_DAYS = 30
DEFAULT_WINDOW_DAYS = 7
MOST_WINDOW_DAYS = 90
GROUPS = ("version", "day")
KINDS: tuple[Literal["nuggets", "peers"], ...] = ("nuggets", "peers")


@dataclass(frozen=True, slots=True)
class OutcomeQuery:
    """Impressions of the days from `since` to before `until`, and how long an act may come after one; all in us."""

    since: int
    until: int
    window: int
    by_day: bool = False


class Moment(asked.Timestamp):
    """A point in time, described by its format: the pattern is for validators, not for readers."""

    described: ClassVar[JsonSchema] = {"type": "string", "format": "date-time"}


class WindowQuerySchema(Query[int]):
    """How long an act may come after an impression."""

    rule = RULE
    window_days = asked.Whole(1, MOST_WINDOW_DAYS, load_default=DEFAULT_WINDOW_DAYS)

    @post_load
    def make(self, values: Values, **kwargs: Any) -> int:
        """Return the time in us."""
        return int(values["window_days"]) * DAY_US


class OutcomeQuerySchema(Query[OutcomeQuery]):
    """Which impressions, by whole days (UTC); the last 30 before `now` (us) where nothing else is asked for."""

    rule = RULE
    since = Moment()
    until = Moment()
    window_days = asked.Whole(1, MOST_WINDOW_DAYS, load_default=DEFAULT_WINDOW_DAYS)
    by = asked.Word(*GROUPS)

    def __init__(self, now: int = 0) -> None:
        super().__init__()
        self.now = now

    @post_load(pass_original=True)
    def make(self, values: Values, sent: Mapping[str, str], **kwargs: Any) -> OutcomeQuery:
        """Return the query."""
        until = values.get("until", self.now)
        since = values.get("since", until - DEFAULT_DAYS * DAY_US)
        if since >= until:
            problem = "is not before until; send an earlier time"
            raise refusal("since", sent.get("since", ""), problem, rule=RULE)
        first, last = since - since % DAY_US, until - until % DAY_US
        return OutcomeQuery(first, last, values["window_days"] * DAY_US, values.get("by") == "day")


def _share() -> Rounded:
    return Rounded(6, required=True, validate=validate.Range(0, 1))


class RateSchema(Answer):
    """How often something happened, the rate, and its 95 % interval."""

    count = fields.Integer(required=True, validate=validate.Range(min=0))
    rate = _share()
    low = _share()
    high = _share()


class OutcomeSchema(Answer):
    """The outcomes of what a model version showed, on one day or in total."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    model = fields.Integer(required=True, allow_none=True)
    day = fields.String(metadata={"format": "date"})
    learners = fields.Integer(required=True, validate=validate.Range(min=1))
    shown = fields.Integer(required=True, validate=validate.Range(min=1))
    rates = fields.Dict(values=fields.Nested(RateSchema), required=True)

    @post_dump
    def leave_out_all_days(self, values: Values, **kwargs: Any) -> Values:
        """Leave out the day of what is about no single one."""
        return {name: value for name, value in values.items() if name != "day" or value}


class OutcomesSchema(Answer):
    """The outcomes of a time, the newest model version last."""

    since = Instant(required=True)
    until = Instant(required=True)
    outcomes = fields.Nested(OutcomeSchema, many=True, required=True)


class DifferenceSchema(Answer):
    """How much better the second version did, the 95 % interval, and the chance of so much by accident."""

    difference = Rounded(6, required=True)
    low = Rounded(6, required=True)
    high = Rounded(6, required=True)
    p = Rounded(4, required=True)


class ExperimentSchema(Answer):
    """Two model versions compared on live traffic; `share` percent of the learners get the second."""

    experiment = fields.Integer(attribute="experiment.number", required=True, validate=validate.Range(min=1))
    versions = fields.List(
        fields.Integer(validate=validate.Range(min=1)),
        attribute="experiment.versions",
        required=True,
        validate=validate.Length(equal=2),
    )
    share = fields.Integer(attribute="experiment.share", required=True, validate=validate.Range(min=1))
    started = Instant(attribute="experiment.started", required=True)
    ended = Instant(attribute="experiment.ended", required=True, allow_none=True)
    promoted = fields.Integer(attribute="experiment.promoted", required=True, allow_none=True)
    outcomes = fields.Nested(OutcomeSchema, many=True, required=True)
    differences = fields.Dict(values=fields.Nested(DifferenceSchema), required=True)


class ExperimentsSchema(Answer):
    """The newest experiments, the newest first."""

    experiments = fields.Nested(ExperimentSchema, many=True, required=True)
