"""What is known of learners over HTTP: team, role, skills, goals and languages as people enter them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.personas import describe_personas, find_persona
from lrs.resources.openapi import CSV, Operation, reference
from lrs.resources.requests import authenticate
from lrs.storage.database import Database, StoreId
from recommender.api import entries
from recommender.api.entries import PRECONDITIONS, csv_stream, named_key, wants_csv, with_etag
from recommender.api.requests import PREFIX, query_pairs, respond, serving
from recommender.catalogue.editing import learner_keys
from recommender.catalogue.learners import LISTS, find_features
from recommender.catalogue.listing import iterate_entered_learners, list_entered_learners
from recommender.storage.entries import Entry, find_entries
from recommender.storage.user_features import UserFeatures
from schemas import parameters
from schemas.breaches import JsonSchema
from schemas.catalogue import MOST_LISTED, RULE
from schemas.identifiers import agent_of

blueprint = Blueprint("learners", __name__, url_prefix=PREFIX)

DEFAULT_LISTED = 100

_TEXT: JsonSchema = {"type": "string"}
_TEXTS: JsonSchema = {"type": "array", "items": _TEXT}
_PROPERTIES: dict[str, JsonSchema] = {"team": _TEXT, "role": _TEXT, **dict.fromkeys(LISTS, _TEXTS)}
SCHEMAS: Mapping[str, JsonSchema] = {
    "LearnerValues": {"type": "object", "properties": _PROPERTIES, "additionalProperties": False},
    "LearnerOrLearners": {"type": "object"},
}


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    path, whom = f"{PREFIX}/learners", {"agent": reference("Agent")}
    limit: JsonSchema = {"type": "integer", "minimum": 1, "maximum": MOST_LISTED}
    return {
        (path, "GET"): Operation({**whom, "limit": limit, "after": _TEXT}, answer="LearnerOrLearners"),
        (path, "PUT"): Operation(whom, ("agent",), PRECONDITIONS, "LearnerValues", 204),
        (path, "DELETE"): Operation(whom, ("agent",), PRECONDITIONS, status=204),
        (path, "POST"): Operation(body=CSV, answer="Written"),
    }


@blueprint.get("/learners")
def get_learners() -> Response:
    """Answer what is known of a learner, or what was entered of all: a page of them, or all as text/csv."""
    store, database = authenticate(entries.READ).store.id, serving().database
    if "agent" in request.args:
        return _one(database, store, named_key("learners"))
    found = parameters.collect(query_pairs(), ("limit", "after"), RULE)
    limit = parameters.integer(found, "limit", DEFAULT_LISTED, (1, MOST_LISTED), RULE)
    if wants_csv():
        return csv_stream("learners", iterate_entered_learners(database, store))
    page, following = list_entered_learners(database, store, found.get("after", ""), limit)
    return respond({"learners": page, "more": _more(following)})


@blueprint.put("/learners")
def put_learner() -> Response:
    """Keep what is entered of a learner in the place of what was there."""
    return entries.put("learners", _key)


@blueprint.delete("/learners")
def delete_learner() -> Response:
    """Forget what was entered of a learner; what Statements and the Agent Profile tell stays."""
    return entries.delete("learners", _key)


@blueprint.post("/learners")
def post_learners() -> Response:
    """Enter the learners of a CSV, all or none."""
    return entries.post("learners")


def _more(after: str) -> str:
    """Return the address of the next page; empty after the last one."""
    kept = [pair for pair in query_pairs() if pair[0] != "after"]
    return f"{PREFIX}/learners?{urlencode([*kept, ('after', after)])}" if after else ""


def _key(database: Database, store: StoreId, identifier: str) -> str:
    return learner_keys(database, store, [identifier])[0]


def _one(database: Database, store: StoreId, identifier: str) -> Response:
    persona = find_persona(database, store, identifier)
    entered: Entry | None = None
    identifiers: tuple[str, ...] = (identifier,)
    if persona is not None:
        entered = find_entries(database, store, "learners", [str(persona)]).get(str(persona))
        identifiers = describe_personas(database, store, [persona])[persona].identifiers
    features = find_features(database, store, persona, identifiers)
    body = {
        "agent": agent_of(identifier),
        "entered": dict(entered.values) if entered else None,
        "known": _known(features),
    }
    return with_etag(respond(body), entered)


def _known(features: UserFeatures) -> dict[str, Any]:
    team = features.team_name or features.team
    values = {"team": team, "role": features.role, **{name: list(getattr(features, name)) for name in LISTS}}
    return {name: value for name, value in values.items() if value}
