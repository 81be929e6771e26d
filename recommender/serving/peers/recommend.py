"""Recommends peers to a learner: people who agreed and are not suggested to everybody already, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from lrs.auth.stores import PeerSuggestions, Store
from lrs.personas import Persona, PersonaId, describe_personas
from recommender.messages import catalogue_language
from recommender.ranking.load_cap import spread_load
from recommender.serving.context import Serving
from recommender.serving.nuggets.recommend import find_reader, first_nuggets, score_catalogue
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.paging import Marks, is_shown
from recommender.serving.peers.explanations import PeerExplainer
from recommender.serving.peers.scores import PeerScores, score_peers
from recommender.serving.peers.social_evidence import SocialEvidence, find_social_evidence
from recommender.serving.peers.topics import find_topic
from recommender.serving.state.people import NOBODY, People
from schemas.identifiers import agent_of
from schemas.peers import PeerQuery

Array = np.ndarray[Any, np.dtype[Any]]
FIRST_LOOK = 100
FIRST_ASKED = 25


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
    for a learner never seen. `language` is that of all texts.
    """

    model: int | None
    recommendations: tuple[PeerRecommendation, ...]
    more: str = ""
    persona: PersonaId | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Search:
    """One request for peers: what is known for it, and the positions of possible peers, best first (`order`)."""

    store: Store
    scored: ScoredCatalogue
    people: People
    evidence: SocialEvidence
    scores: PeerScores
    order: Array


_Chosen = tuple[Persona, float]


def recommend_peers(serving: Serving, store: Store, query: PeerQuery, accepted: str = "") -> PeerAnswer:
    """Recommend people who agreed to be suggested, never the learner.

    Reasons are in the language that the query asks for, else in the one `accepted`, else in the learner's. Raises
    InvalidInputError for an invalid token.
    """
    shown = serving.peer_pages.read(store.id, query.more)
    learner = serving.learners.find(store.id, query.identifier)
    scored = score_catalogue(serving, store, learner)
    language = catalogue_language(find_reader(scored, query.speaks or accepted).language)
    if store.peer_suggestions == "off":
        return PeerAnswer(scored.snapshot.version, (), persona=learner.persona, language=language)
    search = _search(serving, store, scored, query)
    chosen = list(islice(_agreeing(serving, search, shown), query.limit + 1))
    page = chosen[: query.limit]
    ids = [str(person.id) for person, _ in page]
    more = serving.peer_pages.write(store.id, shown, ids) if len(chosen) > len(page) else ""
    found = _describe(serving, search, query, accepted, page, len(shown))
    return PeerAnswer(scored.snapshot.version, found, more, learner.persona, language)


def may_suggest(policy: PeerSuggestions, choice: bool | None) -> bool:
    """Return whether a person may be suggested, by the store's setting and the person's own choice."""
    return choice is True if policy == "opt_in" else policy == "opt_out" and choice is not False


def _search(serving: Serving, store: Store, scored: ScoredCatalogue, query: PeerQuery) -> _Search:
    learner = scored.learner
    model = scored.snapshot.model
    evidence = find_social_evidence(serving.database, store.id, learner, serving.settings.learner_rows)
    people = serving.people.find(store.id, scored.snapshot.version, model.users if model else ())
    people = people.with_others(map(str, evidence.people()))
    topic = find_topic(query.topic, scored.snapshot, people) if query.topic else None
    scores = score_peers(people, scored, evidence, topic)
    mask = (scores.values > 0) & _in_team(people, learner.features.team, query.team)
    if store.peer_suggestions == "opt_in":
        mask &= people.agreed
    unwanted = [one for one in evidence.people() if evidence.is_unwanted(one)]
    for persona in (learner.persona, *unwanted):
        if str(persona) in people.index:
            mask[people.index[str(persona)]] = False
    positions = np.flatnonzero(mask)
    order = positions[np.argsort(-scores.values[positions], kind="stable")]
    return _Search(store, scored, people, evidence, scores, order)


def _in_team(people: People, team: str, wanted: str) -> Array:
    """Return a mask of the people in the team (`same`) or outside (`other`); a learner without one has no teammates."""
    mates = people.mask(people.teams.get(team, NOBODY) if team else NOBODY)
    if wanted == "same":
        return mates
    return ~mates if wanted == "other" else np.ones(len(people.personas), dtype=bool)


def _agreeing(serving: Serving, search: _Search, shown: Marks) -> Iterator[_Chosen]:
    """Yield the best people not shown yet who agreed and are below the cap.

    Most pages are full after the first few people, so people are looked up in groups that grow as more are needed.
    """
    start, width, asked = 0, FIRST_LOOK, FIRST_ASKED
    while start < len(search.order):
        part = _below_cap(serving, search, search.order[start : start + width])
        part = [one for one in part if not is_shown(search.people.personas[one[0]], shown)]
        while part:
            yield from _with_consent(serving, search, part[:asked])
            part, asked = part[asked:], asked * 4
        start, width = start + width, width * 4


def _with_consent(serving: Serving, search: _Search, part: Sequence[tuple[int, float]]) -> Iterator[_Chosen]:
    """Yield those who agree at this moment; the consents in memory may be some seconds old."""
    names = [PersonaId(search.people.personas[position]) for position, _ in part]
    found = describe_personas(serving.database, search.store.id, names)
    for name, (_, score) in zip(names, part, strict=True):
        person = found.get(name)
        policy = search.store.peer_suggestions
        if person and person.identifiers and may_suggest(policy, person.suggest_as_peer):
            yield person, score


def _below_cap(serving: Serving, search: _Search, positions: Array) -> list[tuple[int, float]]:
    """Return these people with their scores after the load cap, best first."""
    names = [search.people.personas[position] for position in positions]
    asker = search.scored.learner.persona
    shown = serving.suggestion_counts.count(search.store.id, asker, names)
    values = spread_load(search.scores.values[positions], shown, serving.settings.peer_cap)
    order = np.argsort(-values, kind="stable")
    return [(int(positions[one]), float(values[one])) for one in order if values[one] > 0]


def _describe(
    serving: Serving,
    search: _Search,
    query: PeerQuery,
    accepted: str,
    page: Sequence[_Chosen],
    before: int,
) -> tuple[PeerRecommendation, ...]:
    reader = find_reader(search.scored, query.speaks or accepted)
    recommended = frozenset(first_nuggets(serving, search.scored)) if page else frozenset()
    explainer = PeerExplainer(
        search.scored, search.people, search.scores, search.evidence, reader, recommended
    )
    return tuple(
        PeerRecommendation(_agent(person), person.id, number, round(score, 4), explainer.explain(person.id))
        for number, (person, score) in enumerate(page, start=before + 1)
    )


def _agent(person: Persona) -> dict[str, Any]:
    agent = agent_of(person.identifiers[0])
    return {**agent, "name": person.name} if person.name else agent
