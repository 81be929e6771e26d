"""Queries of exploring that somebody saved: theirs alone until they share them with those who may explore the store."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from bson import ObjectId
from bson.errors import InvalidId
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from lrs.errors import NotFoundError, RequestRefusedError
from lrs.personas import describe_personas
from lrs.resources.paths import link
from lrs.resources.requests import database
from pages.visitors import Visitor, form, require
from recommender.insights.asking import find_figure
from recommender.storage.saved_queries import (
    SavedQuery,
    count_queries,
    delete_query,
    find_queries,
    insert_query,
    share_query,
)

SCOPE = "insights/explore"
ARGUMENTS = ("figure", "by", "and", "window", "since", "until", "where", "is", "compare", "other")
"""What a query may name in its address."""
MOST_KEPT, LONGEST_NAME, LONGEST_QUERY = 100, 80, 2_000

blueprint = Blueprint("saved_queries", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
_OWN = "people keep queries of their own, which tell of groups"
UNAUDITED = {(f"/explore/saved{path}", "POST"): _OWN for path in ("", "/<query>/share", "/<query>/delete")}


@blueprint.post("/explore/saved")
@form
def post_query() -> AnyResponse:
    """Save a query under a name."""
    visitor = require(SCOPE)
    name, query = request.form.get("name", "").strip(), cleaned(request.form.get("query", ""))
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise RequestRefusedError(
            f"A query needs a name of 1 to {LONGEST_NAME} letters; {name[:20]!r} has {len(name)}.",
            path="name",
        )
    owners = owners_of(visitor)
    if count_queries(database(), visitor.store, owners) >= MOST_KEPT:
        raise RequestRefusedError(f"You have saved {MOST_KEPT} queries; delete one of them before the next.")
    insert_query(database(), visitor.store, SavedQuery(ObjectId(), owners[0], name, query))
    return _back(query)


@blueprint.post("/explore/saved/<query>/share")
@form
def post_share(query: str) -> AnyResponse:
    """Share a query with all who may explore the store, or share it no more."""
    visitor = require(SCOPE)
    is_shared = request.form.get("shared") == "yes"
    owners, found = owners_of(visitor), _id(query)
    if found is None or not share_query(database(), visitor.store, owners, found, shared=is_shared):
        raise NotFoundError(
            "This query is not among those that you saved; it may have been deleted in another tab."
        )
    return _back(cleaned(request.form.get("query", "")))


@blueprint.post("/explore/saved/<query>/delete")
@form
def post_delete(query: str) -> AnyResponse:
    """Delete a query of one's own; one that is gone already stays gone."""
    visitor = require(SCOPE)
    found = _id(query)
    if found is not None:
        delete_query(database(), visitor.store, owners_of(visitor), found)
    return _back(cleaned(request.form.get("query", ""), is_needed=False))


def saved_of(visitor: Visitor) -> list[tuple[SavedQuery, bool]]:
    """Return the queries that a visitor saved, then those that others share, each with whether it is their own."""
    owners = owners_of(visitor)
    return [(one, one.owner in owners) for one in find_queries(database(), visitor.store, owners)]


def owners_of(visitor: Visitor) -> tuple[str, ...]:
    """Return under which names queries of a visitor are kept, the one for new ones first."""
    credential = visitor.credential
    if credential.learner is None:
        return (f"key:{credential.key}",)
    known = describe_personas(database(), visitor.store, [visitor.persona]) if visitor.persona else {}
    return tuple(
        dict.fromkeys([credential.learner, *(one for who in known.values() for one in who.identifiers)])
    )


def cleaned(query: str, *, is_needed: bool = True) -> str:
    """Return a query as it is kept: what a query may name, in one order; raise RequestRefusedError for none."""
    sent: Mapping[str, str] = dict(parse_qsl(query[: LONGEST_QUERY + 1].removeprefix("?")))
    kept = urlencode({name: sent[name] for name in ARGUMENTS if sent.get(name)})
    if is_needed or sent.get("figure"):
        find_figure(sent.get("figure", ""))
    if len(query) > LONGEST_QUERY:
        raise RequestRefusedError(f"This query has {len(query)} letters; at most {LONGEST_QUERY} are kept.")
    return kept


def _back(query: str) -> AnyResponse:
    return redirect(link(f"/explore?{query}#saved"), 303)


def _id(text: str) -> ObjectId | None:
    try:
        return ObjectId(text)
    except InvalidId:
        return None
