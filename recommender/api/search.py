"""Search: the nuggets, skills and people that fit a few words."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.paths import link
from lrs.resources.requests import note_count, note_personas
from recommender.api.requests import (
    PREFIX,
    accepted_language,
    ask_for_one,
    operation_of,
    query_pairs,
    respond,
    serving,
)
from recommender.serving.search import search_and_note
from schemas.search import MOST_SKIPPED, SearchAnswerSchema, SearchQuery, SearchQuerySchema

blueprint = Blueprint("search", __name__, url_prefix=PREFIX)

_ANSWER = SearchAnswerSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/search", "GET"): operation_of(SearchQuerySchema, maximum_limit, SearchAnswerSchema)}


@blueprint.get("/search")
def get_search() -> Response:
    """Answer the nuggets, skills and people that fit a few words."""
    store, query = ask_for_one(SearchQuerySchema, work="search")
    answer = search_and_note(serving(), store, query, accepted_language())
    people = answer.peers.recommendations
    note_personas(one.persona for one in people)
    note_count(len(people))
    body = {
        "text": query.text,
        "language": answer.language,
        "total": answer.total,
        "nuggets": answer.nuggets,
        "facets": answer.facets,
        "skills": answer.skills,
        "people": people,
        "more": _more(query, answer.total),
    }
    return respond(_ANSWER, body)


def _more(query: SearchQuery, total: int) -> str:
    """Return the address of the next page; empty after the last one."""
    following = query.skip + query.limit
    if following >= min(total, MOST_SKIPPED + 1):
        return ""
    kept = [pair for pair in query_pairs() if pair[0] != "skip"]
    return link(f"{PREFIX}/search?{urlencode([*kept, ('skip', following)])}")
