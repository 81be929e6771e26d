"""The experiments of a store: two model versions compared on live traffic."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.requests import authenticate, for_this_client
from recommender.api.requests import FIGURES, PREFIX, query_pairs, respond, serving
from recommender.online.comparison import tell_arms
from recommender.storage.experiments import find_experiments
from schemas.outcomes import ExperimentsSchema, WindowQuerySchema

blueprint = Blueprint("experiments", __name__, url_prefix=PREFIX)

MOST_EXPERIMENTS = 10
_QUERY, _ANSWER = WindowQuerySchema(), ExperimentsSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/experiments", "GET"): Operation((_QUERY,), answer=ExperimentsSchema)}


@blueprint.get("/experiments")
def get_experiments() -> Response:
    """Answer the newest ten experiments with the outcomes of both versions, the newest first."""
    store = authenticate(FIGURES, work="search").store
    window, now = _QUERY.read(query_pairs()), time.time_ns() // 1000
    database = serving().database
    newest = find_experiments(database, store.id, MOST_EXPERIMENTS)
    counted = serving().counted.find(store.id)
    with for_this_client():
        found = [tell_arms(database, store.id, one, now, window, counted) for one in newest]
    return respond(_ANSWER, {"experiments": found})
