"""Recommends peers to a learner: people who agreed to be suggested, with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId
from recommender.messages import catalogue_language
from recommender.serving.context import Serving
from recommender.serving.nuggets.recommend import find_reader, find_scored, first_nuggets
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.peers.explanations import PeerExplainer
from recommender.serving.peers.search import Chosen, Search, agreeing, search_people
from schemas.identifiers import agent_of
from schemas.peers import PeerQuery

UNNAMED = "https://learnerprise.org/xapi/people"
"""The home page of accounts that stand for people who do not show their address."""


@dataclass(frozen=True, slots=True)
class PeerRecommendation:
    """A person as an Agent, with the persona, the rank (from 1), the score and reasons."""

    agent: Mapping[str, Any]
    persona: PersonaId
    rank: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """One page of recommendations, best first, the version of the model, and the token of the next page.

    `model` is None where only skills and social acts count, `more` is empty on the last page, `persona` is None
    for a learner never seen, and for one who refused to be recommended to by the past. `language` is that of all texts.
    """

    model: int | None
    recommendations: tuple[PeerRecommendation, ...]
    more: str = ""
    persona: PersonaId | None = None
    language: str = ""


def recommend_peers(
    serving: Serving,
    store: Store,
    query: PeerQuery,
    accepted: str = "",
    scored: ScoredCatalogue | None = None,
) -> PeerAnswer:
    """Recommend people who agreed to be suggested, never the learner; to a stranger nobody.

    `scored` spares reading and scoring where that was done for this learner already.
    Reasons are in the language that the query asks for, else in the one `accepted`, else in the learner's. Raises
    InvalidInputError for an invalid token.
    """
    shown = serving.peer_pages.read(store.id, query.more)
    scored = scored or find_scored(serving, store, query.identifier)
    learner = scored.learner
    noted = learner.noted_as(store)
    language = catalogue_language(find_reader(scored, query.speaks or accepted).language)
    if store.policy("peer") == "off" or not learner.is_known:
        return PeerAnswer(scored.snapshot.version, (), persona=noted, language=language)
    search = search_people(serving, store, scored, topic=query.topic, team=query.team)
    chosen = list(islice(agreeing(serving, search, shown), query.limit + 1))
    page = chosen[: query.limit]
    ids = [str(person.id) for person, _ in page]
    more = serving.peer_pages.write(store.id, shown, ids) if len(chosen) > len(page) else ""
    found = _describe(serving, search, query, accepted, page, len(shown))
    return PeerAnswer(scored.snapshot.version, found, more, noted, language)


def _describe(
    serving: Serving,
    search: Search,
    query: PeerQuery,
    accepted: str,
    page: Sequence[Chosen],
    before: int,
) -> tuple[PeerRecommendation, ...]:
    reader = find_reader(search.scored, query.speaks or accepted)
    recommended = frozenset(first_nuggets(serving, search.store, search.scored)) if page else frozenset()
    explainer = PeerExplainer(
        search.store, search.scored, search.people, search.scores, search.evidence, reader, recommended
    )
    return tuple(
        PeerRecommendation(
            shown_as(search.store, person), person.id, number, round(score, 4), explainer.explain(person)
        )
        for number, (person, score) in enumerate(page, start=before + 1)
    )


def shown_as(store: Store, person: Persona) -> dict[str, Any]:
    """Return a person as an Agent, with name and address as far as the person agrees to show them.

    Without an address the person has an account that means nothing outside of this store.
    """
    agent = agent_of(person.identifiers[0])
    if not store.permits("contact", person.choice("contact")):
        agent = {"objectType": "Agent", "account": {"homePage": UNNAMED, "name": str(person.id)}}
    shows_name = person.name and store.permits("name", person.choice("name"))
    return {**agent, "name": person.name} if shows_name else agent
