"""Figures over HTTP: what may be asked of one, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

from marshmallow import fields, post_load, validate

from schemas import parameter_fields as asked
from schemas.answers import Rounded, Texts
from schemas.breaches import JsonSchema
from schemas.parameters import MAX_INTEGER, refusal
from schemas.payloads import Answer, Query, Values
from schemas.recommendations import RULE
from schemas.tables import Row
from schemas.values import Formatted, Number, Text

KINDS = ("efficiency", "effectiveness", "outcome")
FILTERS = ("team", "role", "site", "language", "modality", "skill", "nugget", "format")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """The window (so many days, or those since a day), its last day, the split, and the values filtered by.

    Days are counted from 1970.
    """

    window_days: int | None = None
    until_day: int | None = None
    by: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    since_day: int | None = None


class Day(asked.Parameter):
    """A day (UTC)."""

    described: ClassVar[JsonSchema] = {"type": "string", "format": "date"}

    def read(self, name: str, value: str) -> int:
        """Return it as days since 1970."""
        try:
            found = (date.fromisoformat(value) - _EPOCH).days
        except ValueError as error:
            problem = "is not a day; send one such as 2026-11-30"
            raise refusal(name, value, problem, rule=self.rule) from error
        if found < 0:
            raise refusal(name, value, "is not counted; send a day from 1970 on", rule=self.rule)
        return found


class FigureQuerySchema(Query[FigureQuery]):
    """A window of a figure, how it is split, and the one group that it is about."""

    rule = RULE
    window_days = asked.Whole(1, MAX_INTEGER)
    since = Day()
    until = Day()
    by = asked.Alternatives()
    team = asked.NamedText()
    role = asked.NamedText()
    site = asked.NamedText()
    language = asked.NamedText()
    modality = asked.NamedText()
    skill = asked.NamedText()
    nugget = asked.Iri()
    format = asked.NamedText()

    @post_load
    def make(self, values: Values, **kwargs: Any) -> FigureQuery:
        """Return the query."""
        filters = {name: values[name] for name in FILTERS if name in values}
        return FigureQuery(
            values.get("window_days"),
            values.get("until"),
            values.get("by", ()),
            filters,
            values.get("since"),
        )


class Month(Formatted):
    """A month."""

    pattern = r"[0-9]{4}-(0[1-9]|1[0-2])"
    expects = "a month such as 2026-11"


class MeasureRow(Row):
    """What was measured of a team in a month: sales, errors, whatever an organisation compares."""

    rule = "Learnerprise measures of teams"
    key = "team"
    also = ("period", "metric")

    team = Text(required=True)
    period = Month(required=True)
    metric = Text(required=True)
    value = Number(-1e15, 1e15, required=True)


class DayField(fields.String):
    """A day: days since 1970 here, a date in the answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date"}, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str:
        return (_EPOCH + timedelta(days=int(value))).isoformat()


class CellSchema(Answer):
    """One number: a share (`count` of `of`), a count, or another value, with its 95 % interval where it has one.

    `is_few`: it would tell of fewer people than the floor, so there are no numbers.
    """

    value = Rounded(6, allow_none=True)
    count = fields.Integer(allow_none=True, validate=validate.Range(min=0))
    of = fields.Integer(allow_none=True, validate=validate.Range(min=0))
    low = Rounded(6, allow_none=True)
    high = Rounded(6, allow_none=True)
    is_few = fields.Boolean(required=True)


class FigureRowSchema(Answer):
    """The cells of a group by the names of their columns."""

    labels = Texts(required=True)
    cells = fields.Dict(values=fields.Nested(CellSchema), required=True)


class FigureSchema(Answer):
    """A figure: its definition in the language of the request, the days that were counted, and its rows.

    So many `missing_days` are still to be counted, as after an import: numbers will grow.
    """

    figure = fields.String(attribute="figure.name", required=True)
    kind = fields.String(attribute="figure.kind", required=True, validate=validate.OneOf(KINDS))
    language = fields.String(required=True)
    numerator = fields.String(required=True)
    denominator = fields.String(required=True)
    since = DayField(attribute="since_day", required=True)
    until = DayField(attribute="last_day", required=True)
    floor = fields.Integer(required=True, validate=validate.Range(min=5))
    missing_days = fields.Integer(required=True, validate=validate.Range(min=0))
    by = Texts(attribute="label_columns", required=True)
    columns = Texts(required=True)
    rows = fields.Nested(FigureRowSchema, many=True, required=True)
    total = fields.Nested(FigureRowSchema, required=True, allow_none=True)
    before = fields.Nested(FigureRowSchema, required=True, allow_none=True)
