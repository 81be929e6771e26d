"""Search: nuggets, skills and people for a few words, with facets that narrow what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.wrappers import Response

from lrs.errors import ForbiddenError
from lrs.resources.paths import link
from lrs.resources.requests import note_count, note_personas
from pages import texts
from pages.cards import Card, card_of, named
from pages.rendering import page
from pages.visitors import Visitor, visitor
from recommender.api.requests import query_schema, serving
from recommender.messages import language_name
from recommender.serving.search import Hit, SearchAnswer, search_and_note
from schemas.identifiers import agent_of
from schemas.json_text import dump_json
from schemas.search import FACETS, MOST_SKIPPED, SearchQuery, SearchQuerySchema

blueprint = Blueprint("search_page", __name__)
PATH = "/search"
SCOPES = ("recommendations/read/mine", "recommendations/read", "catalogue/read")
AUDITED: tuple[tuple[str, str], ...] = ((PATH, "GET"),)
UNAUDITED: Mapping[tuple[str, str], str] = {}
MOST = 20


@dataclass(frozen=True, slots=True)
class Result:
    """A nugget as the page shows it: its card, and what it says of itself."""

    card: Card
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: what it is called, how many nuggets it leaves, and the address that chooses or drops it."""

    label: str
    count: int
    address: str
    is_chosen: bool


@blueprint.get(PATH)
def get_search() -> Response:
    """Show what fits the words, or the empty form."""
    seen = visitor()
    if not any(map(seen.allows, SCOPES)):
        raise ForbiddenError(f"This sign-in may not search: it needs one of {', '.join(SCOPES)}.")
    sent = [(name, value) for name, value in request.args.items(multi=True) if value.strip()]
    if "text" not in dict(sent):
        return page("search/search.html", title=texts.text("search.title"), text="", answer=None)
    query = _read(seen, sent)
    answer = search_and_note(serving(), seen.credential.store, query, texts.language())
    people = answer.peers.recommendations
    note_personas(one.persona for one in people)
    note_count(len(people))
    return page(
        "search/search.html",
        title=texts.text("search.title_for", text=query.text),
        text=query.text,
        answer=answer,
        results=[show(hit) for hit in answer.nuggets],
        facets={name: choices(answer, name, sent) for name in FACETS if name in answer.facets},
        chosen=[pair for pair in sent if pair[0] in FACETS],
        people=people,
        following=_following(query, answer.total, sent),
    )


def _read(seen: Visitor, sent: Sequence[tuple[str, str]]) -> SearchQuery:
    """Return the query of the address; raise InvalidInputError. Learners search for themselves."""
    pairs = [(name, value) for name, value in sent if name in {"text", "skip", *FACETS}]
    if seen.credential.learner:
        pairs.append(("agent", dump_json(agent_of(seen.credential.learner)).decode()))
    schema = query_schema(SearchQuerySchema, serving().settings.maximum_limit)
    return schema.read([*pairs, ("limit", str(min(MOST, serving().settings.maximum_limit)))])


def show(hit: Hit) -> Result:
    """Return a nugget as the page shows it."""
    texts_of = hit.nugget.descriptions
    return Result(card_of(hit.nugget), texts_of.get(texts.language()) or next(iter(texts_of.values()), ""))


def choices(answer: SearchAnswer, facet: str, sent: Sequence[tuple[str, str]]) -> list[Choice]:
    """Return the values of a facet; one that is chosen leads back to all."""
    chosen = dict(sent).get(facet, "")
    others = [pair for pair in sent if pair[0] not in (facet, "skip")]
    found = []
    for one in answer.facets[facet]:
        is_chosen = one.value == chosen
        pairs = others if is_chosen else [*others, (facet, one.value)]
        found.append(Choice(_label(answer, facet, one.value), one.nuggets, _address(pairs), is_chosen))
    return found


def _label(answer: SearchAnswer, facet: str, value: str) -> str:
    if facet == "language":
        return language_name(texts.language(), value).capitalize()
    if facet == "max_minutes":
        return texts.text("search.up_to", count=int(value))
    return answer.labels.find(value, texts.language()) if facet == "skill" else named(facet, value)


def _following(query: SearchQuery, total: int, sent: Sequence[tuple[str, str]]) -> str:
    """Return the address of the next page; empty after the last one."""
    skip = query.skip + query.limit
    if skip >= min(total, MOST_SKIPPED + 1):
        return ""
    return _address([*(pair for pair in sent if pair[0] != "skip"), ("skip", str(skip))])


def _address(pairs: Sequence[tuple[str, str]]) -> str:
    return link(f"{PATH}?{urlencode(pairs)}")
