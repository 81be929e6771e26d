"""The catalogue over HTTP: nuggets and roles, one by one or as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.errors import NotFoundError
from lrs.resources.openapi import CSV, Operation
from lrs.resources.paths import link
from lrs.resources.requests import authenticate
from recommender.api import entries
from recommender.api.entries import PRECONDITIONS, csv_response, named_key, wants_csv, with_etag
from recommender.api.requests import PREFIX, query_pairs, respond, serving
from recommender.catalogue.listing import (
    Listed,
    find_listed,
    iterate_entered_nuggets,
    iterate_entered_roles,
    iterate_shown_nuggets,
    list_nuggets,
    shown_values,
)
from recommender.storage.entries import find_entries
from recommender.storage.interactions import find_completion
from recommender.vocabulary.extensions import plain_text
from schemas.catalogue import (
    KEYS,
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

FOLDER = f"{PREFIX}/catalogue"

blueprint = Blueprint("catalogue", __name__, url_prefix=FOLDER)

_NUGGET, _NUGGETS, _ROLE, _ROLES = NuggetSchema(), NuggetsSchema(), RoleSchema(), RolesSchema()
_LIST_QUERY, _ROLES_QUERY = NuggetListQuerySchema(), RoleListQuerySchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    nuggets, roles = f"{FOLDER}/nuggets", f"{FOLDER}/roles"
    nugget, role = (KEYS["nuggets"],), (KEYS["roles"],)
    return {
        (nuggets, "GET"): Operation((*nugget, _LIST_QUERY), answer=(NuggetSchema, NuggetsSchema)),
        (nuggets, "PUT"): Operation(nugget, PRECONDITIONS, NuggetValuesSchema, 204),
        (nuggets, "DELETE"): Operation(nugget, PRECONDITIONS, status=204),
        (nuggets, "POST"): Operation(body=CSV, answer=WrittenSchema),
        (roles, "GET"): Operation((_ROLES_QUERY,), answer=(RoleSchema, RolesSchema)),
        (roles, "PUT"): Operation(role, PRECONDITIONS, RoleValuesSchema, 204),
        (roles, "DELETE"): Operation(role, PRECONDITIONS, status=204),
        (roles, "POST"): Operation(body=CSV, answer=WrittenSchema),
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
        body = {**_body(found), "completion": find_completion(database, store, activity)}
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
    store, database = authenticate(entries.READ, work="search").store.id, serving().database
    if "name" in request.args:
        key = plain_text(named_key("roles"))
        found = find_entries(database, store, "roles", [key])
        if key not in found:
            raise NotFoundError(f"There is no role {key!r}.")
        return with_etag(respond(_ROLE, found[key].values), found[key])
    _ROLES_QUERY.read(query_pairs())
    if wants_csv():
        return csv_response("roles", lambda: iterate_entered_roles(database, store))
    return respond(_ROLES, {"roles": list(iterate_entered_roles(database, store))})


@blueprint.put("/roles")
def put_role() -> Response:
    """Set the skills that a role wants, each with its level."""
    return entries.put("roles", lambda _database, _store, name: plain_text(name), keeps_name=True)


@blueprint.delete("/roles")
def delete_role() -> Response:
    """Delete a role."""
    return entries.delete("roles", lambda _database, _store, name: plain_text(name))


@blueprint.post("/roles")
def post_roles() -> Response:
    """Enter the roles of a CSV, all or none."""
    return entries.post("roles")


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
