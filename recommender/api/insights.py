"""Figures over HTTP, as JSON or CSV: one route a figure, each with the scope of its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, cast

from flask import Blueprint, Response, current_app

from lrs.resources.openapi import CSV, Operation
from lrs.resources.requests import authenticate, csv_body, for_this_client
from lrs.storage.database import StoreId
from recommender.api.entries import CSV_TYPE, LARGEST_TABLE, wants_csv
from recommender.api.requests import FIGURES as READ
from recommender.api.requests import accepted_language, query_pairs, respond
from recommender.insights.answers import Answer, Cell, Question, Row
from recommender.insights.asking import COUNTED, Insights, ask
from recommender.insights.figures import FIGURES, OF_PEOPLE, ORGANISATION
from recommender.messages import FALLBACK
from recommender.storage.insights import Measure, write_measures
from recommender.vocabulary.extensions import plain_text
from schemas.catalogue import NOTHING_ASKED, WrittenSchema
from schemas.cells import plain_cell
from schemas.insights import FigureQuerySchema, FigureSchema, MeasureRow
from schemas.tables import read_table, write_table

EXTENSION = "learnerprise.insights"
PREFIX = "/insights"
EXPLORE = "insights/explore"
_NUMBERS = ("value", "count", "of", "low", "high")

blueprint = Blueprint("insights", __name__, url_prefix=PREFIX)
_QUERY, _ANSWER, _MEASURE, _WRITTEN = FigureQuerySchema(), FigureSchema(), MeasureRow(), WrittenSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    one = Operation((_QUERY,), answer=FigureSchema)
    figures = {(f"{PREFIX}/{name}", "GET"): one for name in sorted(COUNTED)}
    return {**figures, (f"{PREFIX}/measures", "POST"): Operation(body=CSV, answer=WrittenSchema)}


def insights() -> Insights:
    """Return what this process answers figures from."""
    return cast(Insights, current_app.extensions[EXTENSION])


def get_figure(name: str) -> Response:
    """Answer a figure for a window, split by an attribute and for one group, as text/csv too."""
    credential = authenticate(FIGURES[name].scope, READ, EXPLORE, work="list")
    store, query = credential.store, _QUERY.read(query_pairs())
    about = {*(query.by or FIGURES[name].by)[:1], *query.filters} & set(OF_PEOPLE)
    if len(about) > 1 and not credential.allows(READ):
        credential.require(EXPLORE)
    with for_this_client():
        answer = ask(insights(), store, name, Question(**asdict(query)))
    if not wants_csv():
        return respond(_ANSWER, _said(answer, accepted_language() or FALLBACK))
    response = Response(as_csv(answer), content_type=f"{CSV_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _said(answer: Answer, language: str) -> Mapping[str, Any]:
    """Return an answer with its definition in a language."""
    figure = answer.figure
    told = {one.name: getattr(answer, one.name) for one in fields(answer)}
    told |= {"last_day": answer.last_day, "language": language}
    told |= {"numerator": figure.numerators[language], "denominator": figure.denominators.get(language, "")}
    return told


for _name in sorted(COUNTED):
    blueprint.add_url_rule(f"/{_name}", f"get_{_name}", get_figure, defaults={"name": _name})


@blueprint.post("/measures")
def post_measures() -> Response:
    """Keep what was measured of teams, one line a team, month and metric, all lines or none."""
    store = authenticate(ORGANISATION, work="write").store
    NOTHING_ASKED.read(query_pairs())
    return respond(_WRITTEN, {"written": keep_measures(store.id, csv_body(LARGEST_TABLE))})


def keep_measures(store: StoreId, table: bytes) -> int:
    """Keep the measures of a CSV, all lines or none, and return how many; raise for lines that are not."""
    lines = [line.values for line in read_table(table, _MEASURE)]
    measures = [Measure(**{**line, "team": plain_text(line["team"])}) for line in lines]
    write_measures(insights().database, store, measures)
    return len(measures)


def as_csv(answer: Answer) -> bytes:
    """Return an answer as CSV: a line a row, the total last; where it tells nothing, `few` does."""
    header = [
        *answer.label_columns,
        *(f"{name}_{one}" for name in answer.columns for one in (*_NUMBERS, "few")),
    ]
    total = [Row(("",) * len(answer.label_columns), answer.total.cells)] if answer.total else []
    lines = [[*map(plain_cell, row.labels), *_texts(row, answer.columns)] for row in (*answer.rows, *total)]
    return write_table(header, lines)


def _texts(row: Row, columns: Sequence[str]) -> Iterator[str]:
    for name in columns:
        cell = row.cells.get(name, Cell())
        numbers = (getattr(cell, one) for one in _NUMBERS)
        yield from ("" if one is None else _written(one) for one in numbers)
        yield "yes" if cell.is_few else ""


def _written(number: float) -> str:
    """Write a number as JSON has it: whole, or with at most six digits behind the point."""
    return f"{number:.6f}".rstrip("0").rstrip(".")
