"""Outcomes of recommendations over HTTP: rates by model version and day."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.requests import authenticate, for_this_client
from recommender.api.requests import FIGURES, PREFIX, query_pairs, respond, serving
from recommender.online.outcomes import Span, as_told, find_exposures, summarise, tellable
from schemas.outcomes import KINDS, OutcomeQuerySchema, OutcomesSchema

blueprint = Blueprint("impressions", __name__, url_prefix=PREFIX)

_ANSWER = OutcomesSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/outcomes", "GET"): Operation((OutcomeQuerySchema(),), answer=OutcomesSchema)}


@blueprint.get("/outcomes")
def get_outcomes() -> Response:
    """Answer how often what was shown was opened, started and completed, on whole days (UTC) that are over."""
    store = authenticate(FIGURES, work="search").store
    now = time.time_ns() // 1000
    query = OutcomeQuerySchema(now).read(query_pairs())
    span = Span(query.since, query.until, query.window).told(now)
    with for_this_client():
        found = [one for kind in KINDS for one in find_exposures(serving().database, store.id, kind, span)]
    counted = serving().counted.find(store.id)
    found = tellable([one for one in found if one.persona in counted])
    outcomes = [as_told(one) for one in summarise(found, by_day=query.by_day)]
    return respond(_ANSWER, {"since": span.since, "until": span.until, "outcomes": outcomes})
