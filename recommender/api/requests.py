"""The common parts of the recommender's resources: the serving context, the query, the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlencode

from flask import Response, current_app, request
from marshmallow import Schema

from lrs.auth.limits import Work
from lrs.auth.stores import Store
from lrs.resources.openapi import Operation
from lrs.resources.paths import link
from lrs.resources.requests import authenticate, requested_language, require_learner
from recommender.messages import LANGUAGES
from recommender.serving.context import Serving
from schemas.json_text import dump_json
from schemas.payloads import Query

EXTENSION = "recommender"
PREFIX = "/recommendations"
READ, MINE, WRITE = "recommendations/read", "recommendations/read/mine", "recommendations/write"
FIGURES = "insights/read"
T = TypeVar("T")


def serving() -> Serving:
    """Return the serving context of this process."""
    return cast(Serving, current_app.extensions[EXTENSION])


class AboutOne(Protocol):
    """A query about one learner; `identifier` is empty where it names none."""

    @property
    def identifier(self) -> str:
        """The canonical identifier of the learner."""
        ...


Asked = TypeVar("Asked", bound=AboutOne)


def ask_for_one(
    kind: Callable[[int, tuple[str, ...]], Query[Asked]],
    *scopes: str,
    work: Work = "list",
    stores: bool = True,
) -> tuple[Store, Asked]:
    """Return the store and the query of a request about one learner, if its credential may ask about that one."""
    credential = authenticate(*scopes or (READ, MINE), work=work, stores=stores)
    query = read_query(kind)
    if query.identifier:
        require_learner(credential, query.identifier)
    return credential.store, query


def read_query(kind: Callable[[int, tuple[str, ...]], Query[T]]) -> T:
    """Return the query that the parameters of the request make; raise InvalidInputError."""
    return query_schema(kind, serving().settings.maximum_limit).read(query_pairs())


def query_schema(kind: Callable[[int, tuple[str, ...]], Query[T]], maximum: int) -> Query[T]:
    """Return the schema of a query for `maximum` recommendations at most; each is made once."""
    return cast("Query[T]", _made(kind, maximum))


def operation_of(
    kind: Callable[[int, tuple[str, ...]], Query[Any]], maximum: int, answer: type[Schema]
) -> Operation:
    """Describe a route that answers a query in the language that the reader asks for."""
    return Operation((query_schema(kind, maximum),), ("Accept-Language",), answer=answer)


@cache
def _made(kind: Callable[[int, tuple[str, ...]], Query[Any]], maximum: int) -> Query[Any]:
    return kind(maximum, LANGUAGES)


def query_pairs() -> list[tuple[str, str]]:
    """Return the parameters of the request, repeated ones too."""
    return list(request.args.items(multi=True))


def next_page(path: str, token: str) -> str:
    """Return the address of the next page of the answer at a path; empty after the last one."""
    kept = [pair for pair in query_pairs() if pair[0] != "more"]
    return link(f"{PREFIX}{path}?{urlencode([*kept, ('more', token)])}") if token else ""


def accepted_language() -> str:
    """Return the first language of the Accept-Language header that has texts here; empty if there is none."""
    return requested_language(LANGUAGES) or ""


def respond(answer: Schema, body: Any) -> Response:
    """Answer JSON, written by its schema; the header says in which language its texts are, if it has any."""
    written = answer.dump(body)
    response = Response(dump_json(written), mimetype="application/json")
    if written.get("language"):
        response.headers["Content-Language"] = written["language"]
    return response
