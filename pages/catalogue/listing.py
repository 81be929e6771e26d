"""The nuggets of a store: searched, filtered, page by page, with what is to repair; all of them as files."""

from __future__ import annotations

import time
from collections.abc import Container
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import chain
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.resources.requests import database, for_this_client
from lrs.storage.database import StoreId
from pages import texts
from pages.cards import card_of, named
from pages.rendering import page
from pages.visitors import Visitor, require
from recommender.api.entries import csv_response
from recommender.api.requests import serving
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.links import address_of
from recommender.catalogue.listing import (
    Listed,
    iterate_entered,
    iterate_entered_nuggets,
    iterate_shown_nuggets,
    list_nuggets,
)
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.repairs import count_repairs, needs
from recommender.storage.link_checks import iterate_checks
from schemas.catalogue import MODALITIES, REPAIRS, NuggetListQuerySchema, NuggetQuery
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json

blueprint = Blueprint("catalogue_listing", __name__)
READ, WRITE = "catalogue/read", "catalogue/write"
_NUGGETS = "it is about nuggets, roles and words"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/catalogue", "GET"): _NUGGETS,
    ("/catalogue.csv", "GET"): _NUGGETS,
    ("/catalogue.json", "GET"): _NUGGETS,
    **{(f"/catalogue/entered/{kind}.csv", "GET"): _NUGGETS for kind in ("nuggets", "roles", "labels")},
}
FILTERS = ("text", "skill", "format", "modality", "language", "level", "owner", "hidden", "entered", "repair")
ON_A_PAGE, MOST_DEAD = 25, 50
_QUERY = NuggetListQuerySchema()


@dataclass(frozen=True, slots=True)
class Line:
    """A nugget of the list: title and facts as the page says them, what is to repair, and whether it is closed."""

    nugget: Nugget
    title: str
    facts: tuple[str, ...]
    repairs: tuple[str, ...]
    is_open: bool
    is_entered: bool


@blueprint.get("/catalogue")
def get_catalogue() -> Response:
    """Show a page of the nuggets that match."""
    found = require(READ)
    try:
        query = _asked()
    except InvalidInputError as error:
        return catalogue_page(found, NuggetQuery(ON_A_PAGE), status=error.status, problem=error.message)
    return catalogue_page(found, query)


def catalogue_page(found: Visitor, query: NuggetQuery, *, status: int = 200, **values: object) -> Response:
    """Return the list with its filters, and the forms beside it."""
    store, search = found.store, serving().nugget_search
    near = _near(store, query)
    with for_this_client():
        listed, has_more = list_nuggets(search, database(), store, query, near)
        total = sum(1 for _ in search.find_ids(store, replace(query, after=""), near))
        counts = count_repairs((one.nugget for one in search.iterate(store)), now_us())
    typed = _typed()
    after = [("after", listed[-1].nugget.id)] if has_more else []
    values = {
        "lines": [_line(one) for one in listed],
        "total": total,
        "dead": _dead_links(store),
        "counts": {repair: count for repair, count in counts.items() if count},
        "more": urlencode([*typed.items(), *after]) if has_more else "",
        "is_later": bool(query.after),
        "address": urlencode(typed),
        "here_query": urlencode([*typed.items(), ("after", query.after)] if query.after else typed),
        "typed": typed,
        "is_filtered": bool(typed),
        "modalities": MODALITIES,
        "repairs": REPAIRS,
        "may_write": found.allows(WRITE),
        "done": _done(),
        **values,
    }
    return page("catalogue/list.html", title=texts.text("catalogue.title"), status=status, **values)


@blueprint.get("/catalogue.csv")
def get_csv() -> Response:
    """Answer the nuggets that match as they are shown."""
    store, query = require(READ).store, _asked()
    search, near = serving().nugget_search, _near(store, query)
    return csv_response("nuggets", lambda: iterate_shown_nuggets(search, database(), store, query, near))


@blueprint.get("/catalogue.json")
def get_json() -> Response:
    """Answer the nuggets that match as they are shown."""
    store, query = require(READ).store, _asked()
    search, near = serving().nugget_search, _near(store, query)
    parts = map(dump_json, iterate_shown_nuggets(search, database(), store, query, near))
    first = next(parts, b"")  # before the head is sent, so that a database that is away is answered 503
    body = chain([b"[", first], (b",\n" + one for one in parts), [b"]\n"])
    return Response(body, mimetype="application/json")


@blueprint.get("/catalogue/entered/nuggets.csv")
def get_entered_nuggets() -> Response:
    """Answer all nuggets as they were entered, ready to be entered again."""
    store = require(READ).store
    return csv_response("nuggets", lambda: iterate_entered_nuggets(database(), store))


@blueprint.get("/catalogue/entered/roles.csv")
def get_entered_roles() -> Response:
    """Answer all roles, ready to be entered again."""
    store = require(READ).store
    return csv_response("roles", lambda: iterate_entered(database(), store, "roles"))


@blueprint.get("/catalogue/entered/labels.csv")
def get_entered_labels() -> Response:
    """Answer all labels, ready to be entered again."""
    store = require(READ).store
    return csv_response("labels", lambda: iterate_entered(database(), store, "labels"))


def now_us() -> int:
    """Return the time in us."""
    return time.time_ns() // 1000


def _typed() -> dict[str, str]:
    found = {name: request.args.get(name, "").strip() for name in FILTERS}
    return {name: value for name, value in found.items() if value}


def _asked() -> NuggetQuery:
    """Return what the address asks for; raise InvalidInputError."""
    after = request.args.get("after", "")
    pairs = [*_typed().items(), ("limit", str(ON_A_PAGE)), *([("after", after)] if after else [])]
    return _QUERY.read(pairs)


def _near(store: StoreId, query: NuggetQuery) -> Container[str]:
    return serving().meanings.near(store, query.text)


def _line(listed: Listed) -> Line:
    nugget, now = listed.nugget, now_us()
    return Line(
        nugget,
        nugget.title(texts.language()),
        tuple(filter(None, (named("format", nugget.format), *card_of(nugget).facts))),
        tuple(one for one in REPAIRS if needs(nugget, one, now)),
        nugget.is_open(now),
        listed.entry is not None,
    )


@dataclass(frozen=True, slots=True)
class DeadLink:
    """A nugget whose address leads nowhere, what it answered, and when (us)."""

    activity: str
    title: str
    answer: str
    at: int


def _dead_links(store: StoreId) -> list[DeadLink]:
    """Return the nuggets with a dead link; none whose address was changed, or that were hidden, since the check."""
    checks = nlargest(MOST_DEAD, iterate_checks(database(), store, dead_only=True), key=lambda one: one.at)
    nuggets = find_nuggets(database(), store, [one.activity for one in checks])
    return [
        DeadLink(one.activity, nuggets[one.activity].title(texts.language()), one.answer, one.at)
        for one in checks
        if not nuggets[one.activity].hidden and address_of(nuggets[one.activity]) == one.address
    ]


def _done() -> str:
    done = request.args.get("done", "")
    return f"catalogue.done_{done}" if f"done_{done}" in texts.area_texts("catalogue") else ""
