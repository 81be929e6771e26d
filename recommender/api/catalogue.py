"""The catalogue over HTTP: nuggets, roles and labels, one by one or as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from marshmallow import Schema

from lrs.errors import NotFoundError
from lrs.resources.openapi import CSV, Operation
from lrs.resources.paths import link
from lrs.resources.requests import authenticate
from lrs.storage.database import Database, StoreId
from recommender.api import entries
from recommender.api.entries import PRECONDITIONS, csv_response, named_key, wants_csv, with_etag
from recommender.api.requests import PREFIX, query_pairs, respond, serving
from recommender.catalogue.labels import find_labels
from recommender.catalogue.listing import (
    Listed,
    find_listed,
    iterate_entered,
    iterate_entered_nuggets,
    iterate_shown_nuggets,
    list_nuggets,
    shown_values,
)
from recommender.storage.courses import find_completion
from recommender.storage.entries import Kind, find_entries
from recommender.vocabulary.extensions import plain_text
from schemas.catalogue import (
    KEYS,
    LabelListQuerySchema,
    LabelSchema,
    LabelsSchema,
    LabelValuesSchema,
    NuggetListQuerySchema,
    NuggetSchema,
    NuggetsSchema,
    NuggetValuesSchema,
    RoleListQuerySchema,
    RoleSchema,
    RolesSchema,
    RoleValuesSchema,
    WrittenSchema,
)
from schemas.floors import told
from schemas.payloads import Query, Values

FOLDER = f"{PREFIX}/catalogue"

blueprint = Blueprint("catalogue", __name__, url_prefix=FOLDER)

_NUGGET, _NUGGETS, _ROLE, _ROLES = NuggetSchema(), NuggetsSchema(), RoleSchema(), RolesSchema()
_LABEL, _LABELS = LabelSchema(), LabelsSchema()
_LIST_QUERY, _ROLES_QUERY, _LABELS_QUERY = (
    NuggetListQuerySchema(),
    RoleListQuerySchema(),
    LabelListQuerySchema(),
)


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    nuggets, roles, labels = f"{FOLDER}/nuggets", f"{FOLDER}/roles", f"{FOLDER}/labels"
    nugget, role, label = (KEYS["nuggets"],), (KEYS["roles"],), (KEYS["labels"],)
    return {
        (nuggets, "GET"): Operation((*nugget, _LIST_QUERY), answer=(NuggetSchema, NuggetsSchema)),
        (nuggets, "PUT"): Operation(nugget, PRECONDITIONS, NuggetValuesSchema, 204),
        (nuggets, "DELETE"): Operation(nugget, PRECONDITIONS, status=204),
        (nuggets, "POST"): Operation(body=CSV, answer=WrittenSchema),
        (roles, "GET"): Operation((_ROLES_QUERY,), answer=(RoleSchema, RolesSchema)),
        (roles, "PUT"): Operation(role, PRECONDITIONS, RoleValuesSchema, 204),
        (roles, "DELETE"): Operation(role, PRECONDITIONS, status=204),
        (roles, "POST"): Operation(body=CSV, answer=WrittenSchema),
        (labels, "GET"): Operation((_LABELS_QUERY,), answer=(LabelSchema, LabelsSchema)),
        (labels, "PUT"): Operation(label, PRECONDITIONS, LabelValuesSchema, 204),
        (labels, "DELETE"): Operation(label, PRECONDITIONS, status=204),
        (labels, "POST"): Operation(body=CSV, answer=WrittenSchema),
    }


@blueprint.get("/nuggets")
def get_nuggets() -> Response:
    """Answer one nugget, or those that match: a page of them, or all as text/csv."""
    store, database = authenticate(entries.READ, work="search").store.id, serving().database
    if "activity" in request.args:
        activity = named_key("nuggets")
        found = find_listed(database, store, activity)
        if found is None:
            raise NotFoundError(f"Nothing is known of {activity!r}.")
        body = {**_body(found), "completion": _completion(store, found)}
        return with_etag(respond(_NUGGET, body), found.entry)
    query = _LIST_QUERY.read(query_pairs())
    search, near = serving().nugget_search, serving().meanings.near(store, query.text)
    if not wants_csv():
        listed, has_more = list_nuggets(search, database, store, query, near)
        more = _more_after(listed[-1].nugget.id) if has_more else ""
        return respond(_NUGGETS, {"nuggets": [_body(one) for one in listed], "more": more})
    if not query.shown:
        return csv_response("nuggets", lambda: iterate_entered_nuggets(database, store))
    return csv_response("nuggets", lambda: iterate_shown_nuggets(search, database, store, query, near))


@blueprint.put("/nuggets")
def put_nugget() -> Response:
    """Replace what was entered for a nugget."""
    return entries.put("nuggets", lambda _database, _store, activity: activity)


@blueprint.delete("/nuggets")
def delete_nugget() -> Response:
    """Delete what was entered for a nugget; what Statements brought stays."""
    return entries.delete("nuggets", lambda _database, _store, activity: activity)


@blueprint.post("/nuggets")
def post_nuggets() -> Response:
    """Enter the nuggets of a CSV, all or none."""
    return entries.post("nuggets")


@blueprint.get("/roles")
def get_roles() -> Response:
    """Answer one role, or all of them, as text/csv too."""
    return _get_named("roles", _ROLE, _ROLES, _ROLES_QUERY)


@blueprint.put("/roles")
def put_role() -> Response:
    """Set the skills that a role wants, each with its level."""
    return entries.put("roles", _plain, keeps_name=True)


@blueprint.delete("/roles")
def delete_role() -> Response:
    """Delete a role."""
    return entries.delete("roles", _plain)


@blueprint.post("/roles")
def post_roles() -> Response:
    """Enter the roles of a CSV, all or none."""
    return entries.post("roles")


@blueprint.get("/labels")
def get_labels() -> Response:
    """Answer the labels of one skill, role or team, or all labels, as text/csv too."""
    return _get_named("labels", _LABEL, _LABELS, _LABELS_QUERY)


@blueprint.put("/labels")
def put_label() -> Response:
    """Set the labels of a skill, a role or a team, one for each language."""
    return entries.put("labels", _plain, keeps_name=True)


@blueprint.delete("/labels")
def delete_label() -> Response:
    """Delete the labels of a skill, a role or a team."""
    return entries.delete("labels", _plain)


@blueprint.post("/labels")
def post_labels() -> Response:
    """Enter the labels of a CSV, all or none."""
    return entries.post("labels")


def _get_named(kind: Kind, one: Schema, several: Schema, all_of_them: Query[Values]) -> Response:
    """Answer what was entered under one name, or everything of a kind."""
    store, database = authenticate(entries.READ, work="search").store.id, serving().database
    if "name" in request.args:
        key = plain_text(named_key(kind))
        found = find_entries(database, store, kind, [key])
        if key not in found:
            raise NotFoundError(f"There is nothing under {key!r} in {kind}; enter it with PUT.")
        return with_etag(respond(one, found[key].values), found[key])
    all_of_them.read(query_pairs())
    if wants_csv():
        return csv_response(kind, lambda: iterate_entered(database, store, kind))
    return respond(several, {kind: list(iterate_entered(database, store, kind))})


def _plain(_database: Database, _store: StoreId, name: str) -> str:
    return plain_text(name)


def _completion(store: StoreId, listed: Listed) -> dict[str, int | None]:
    """Return how far those who are counted got with a nugget, as far as it may be told; of a private one nothing."""
    nugget, labels = listed.nugget, find_labels(serving().database, store)
    if nugget.private or not labels.private.isdisjoint(nugget.skills):
        return dict.fromkeys(("opened", "completed", "halfway"))
    counted = serving().counted.find(store).condition()
    found = find_completion(serving().database, store, nugget.id, counted)
    return {name: told(number) for name, number in asdict(found).items()}


def _body(listed: Listed) -> dict[str, Any]:
    return {
        "activity": listed.nugget.id,
        "entered": dict(listed.entry.values) if listed.entry else None,
        "shown": shown_values(listed.nugget),
    }


def _more_after(activity: str) -> str:
    """Return the address of the page after a nugget."""
    kept = [pair for pair in query_pairs() if pair[0] != "after"]
    return link(f"{FOLDER}/nuggets?{urlencode([*kept, ('after', activity)])}")
