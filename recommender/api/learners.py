"""Learner data over HTTP: team, role, skills, goals and languages as people enter them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.personas import find_person
from lrs.resources.openapi import CSV, Operation
from lrs.resources.paths import link
from lrs.resources.requests import authenticate, note_count, require_learner
from lrs.storage.database import Database, StoreId
from recommender.api import entries
from recommender.api.entries import PRECONDITIONS, csv_response, named_key, wants_csv, with_etag
from recommender.api.requests import PREFIX, query_pairs, respond, serving
from recommender.catalogue.editing import find_first, learner_keys
from recommender.catalogue.learners import LISTS, find_features
from recommender.catalogue.listing import iterate_entered_learners, list_entered_learners
from recommender.storage.user_features import UserFeatures
from schemas.catalogue import (
    KEYS,
    LearnerListQuerySchema,
    LearnerSchema,
    LearnersSchema,
    LearnerValuesSchema,
    WrittenSchema,
)
from schemas.identifiers import agent_of

READ, OWN = "learners/read", "record/read/mine"

blueprint = Blueprint("learners", __name__, url_prefix=PREFIX)

_LIST_QUERY, _LEARNER, _LEARNERS = LearnerListQuerySchema(), LearnerSchema(), LearnersSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    path, learner = f"{PREFIX}/learners", (KEYS["learners"],)
    return {
        (path, "GET"): Operation((_LIST_QUERY,), answer=(LearnerSchema, LearnersSchema)),
        (path, "PUT"): Operation(learner, PRECONDITIONS, LearnerValuesSchema, 204),
        (path, "DELETE"): Operation(learner, PRECONDITIONS, status=204),
        (path, "POST"): Operation(body=CSV, answer=WrittenSchema),
    }


@blueprint.get("/learners")
def get_learners() -> Response:
    """Answer what is known of a learner, or what was entered for all: a page of them, or all as text/csv."""
    credential = authenticate(READ, OWN, work="search")
    store, database = credential.store.id, serving().database
    if "agent" in request.args:
        identifier = named_key("learners")
        require_learner(credential, identifier)
        return _one(database, store, identifier)
    query = _LIST_QUERY.read(query_pairs())
    require_learner(credential, None)
    if wants_csv():
        return csv_response("learners", lambda: iterate_entered_learners(database, store))
    page, following = list_entered_learners(database, store, query.get("after", ""), query["limit"])
    note_count(len(page))
    return respond(_LEARNERS, {"learners": page, "more": _more(following)})


@blueprint.put("/learners")
def put_learner() -> Response:
    """Replace what was entered for a learner."""
    return entries.put("learners", _key)


@blueprint.delete("/learners")
def delete_learner() -> Response:
    """Delete what was entered for a learner; what Statements and the Agent Profile say stays."""
    return entries.delete("learners", _key)


@blueprint.post("/learners")
def post_learners() -> Response:
    """Enter the learners of a CSV, all or none."""
    return entries.post("learners")


def _more(after: str) -> str:
    """Return the address of the next page; empty after the last one."""
    kept = [pair for pair in query_pairs() if pair[0] != "after"]
    return link(f"{PREFIX}/learners?{urlencode([*kept, ('after', after)])}") if after else ""


def _key(database: Database, store: StoreId, identifier: str) -> str:
    return learner_keys(database, store, [identifier])[0]


def _one(database: Database, store: StoreId, identifier: str) -> Response:
    person = find_person(database, store, identifier)
    ids, identifiers = (person.ids, person.identifiers) if person else ((), (identifier,))
    entry = find_first(database, store, "learners", list(map(str, ids)))
    features = find_features(database, store, ids, identifiers)
    body = {
        "agent": agent_of(identifier),
        "entered": dict(entry.values) if entry else None,
        "known": _known(features),
    }
    return with_etag(respond(_LEARNER, body), entry)


def _known(features: UserFeatures) -> dict[str, Any]:
    team = features.team_name or features.team
    values: dict[str, Any] = {"team": team, "role": features.role, "site": features.site}
    values |= {name: list(getattr(features, name)) for name in LISTS}
    return {name: value for name, value in values.items() if value}
