"""Who a learner should learn with or from: people who agreed and are not asked by everybody, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from lrs.auth.stores import PeerSuggestions, Store
from lrs.personas import Persona, PersonaId, describe_personas
from recommender.ranking.peers import spread_load
from recommender.serving.context import Serving
from recommender.serving.nuggets.recommend import Standing, find_reader, find_standing, first_nuggets
from recommender.serving.paging import Marks, is_shown, make_token, read_token
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
    """A person as an Agent, the persona, the place (from 1), the score, and why."""

    agent: Mapping[str, Any]
    persona: PersonaId
    rank: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """The recommendations of a page, best first, the version of the model that made them, and the token of the next.

    `model` is None where skills and social acts alone count, `more` is empty where nobody is left; `persona` is
    None for somebody never seen.
    """

    model: int | None
    recommendations: tuple[PeerRecommendation, ...]
    more: str = ""
    persona: PersonaId | None = None


@dataclass(frozen=True, slots=True)
class _Search:
    """One request for peers: who asks, what stands behind the answer, and the best people, best first."""

    store: Store
    standing: Standing
    people: People
    evidence: SocialEvidence
    scores: PeerScores
    order: Array


_Chosen = tuple[Persona, float]


def recommend_peers(serving: Serving, store: Store, query: PeerQuery, accepted: str = "") -> PeerAnswer:
    """Recommend people who agreed to be suggested, never the learner.

    Reasons are in the language that the query asks for, else in the one `accepted`, else in the learner's.
    Raises InvalidInputError for a token that is none.
    """
    shown = read_token(query.more) if query.more else frozenset()
    learner = serving.learners.find(store.id, query.identifier)
    standing = find_standing(serving, store, learner)
    if store.peer_suggestions == "off":
        return PeerAnswer(standing.shelf.version, (), persona=learner.persona)
    search = _search(serving, store, standing, query)
    chosen = list(islice(_agreeing(serving, search, shown), query.limit + 1))
    page = chosen[: query.limit]
    more = make_token(shown, [str(person.id) for person, _ in page]) if len(chosen) > len(page) else ""
    found = _describe(serving, search, query, accepted, page, len(shown))
    return PeerAnswer(standing.shelf.version, found, more, learner.persona)


def may_suggest(policy: PeerSuggestions, choice: bool | None) -> bool:
    """Tell whether a person may be suggested, by the store's setting and the person's own choice."""
    return choice is True if policy == "opt_in" else policy == "opt_out" and choice is not False


def _search(serving: Serving, store: Store, standing: Standing, query: PeerQuery) -> _Search:
    learner = standing.learner
    model = standing.shelf.model
    evidence = find_social_evidence(serving.database, store.id, learner, serving.settings.learner_rows)
    people = serving.people.find(store.id, standing.shelf.version, model.users if model else ())
    people = people.with_others(map(str, evidence.people()))
    topic = find_topic(query.topic, standing.shelf, people) if query.topic else None
    penalty = serving.settings.popularity_penalty if model is not None else 0.0
    scores = score_peers(people, standing, evidence, topic, penalty)
    mask = (scores.values > 0) & _in_team(people, learner.features.team, query.team)
    if store.peer_suggestions == "opt_in":
        mask &= people.agreed
    unwanted = [one for one in evidence.people() if evidence.is_unwanted(one)]
    for persona in (learner.persona, *unwanted):
        if str(persona) in people.index:
            mask[people.index[str(persona)]] = False
    positions = np.flatnonzero(mask)
    order = positions[np.argsort(-scores.values[positions], kind="stable")]
    return _Search(store, standing, people, evidence, scores, order)


def _in_team(people: People, team: str, wanted: str) -> Array:
    """Return who is in the team wanted; who has no team is in none, and has no mates."""
    mates = people.mask(people.teams.get(team, NOBODY) if team else NOBODY)
    if wanted == "same":
        return mates
    return ~mates if wanted == "other" else np.ones(len(people.personas), dtype=bool)


def _agreeing(serving: Serving, search: _Search, shown: Marks) -> Iterator[_Chosen]:
    """Yield the best people not shown yet who agreed and have room, looking at more only when asked to."""
    start, width, asked = 0, FIRST_LOOK, FIRST_ASKED
    while start < len(search.order):
        part = _with_room(serving, search, search.order[start : start + width])
        part = [one for one in part if not is_shown(search.people.personas[one[0]], shown)]
        while part:
            yield from _those_who_agreed(serving, search, part[:asked])
            part, asked = part[asked:], asked * 4
        start, width = start + width, width * 4


def _those_who_agreed(
    serving: Serving, search: _Search, part: Sequence[tuple[int, float]]
) -> Iterator[_Chosen]:
    names = [PersonaId(search.people.personas[position]) for position, _ in part]
    found = describe_personas(serving.database, search.store.id, names)
    for name, (_, score) in zip(names, part, strict=True):
        person = found.get(name)
        policy = search.store.peer_suggestions
        if person and person.identifiers and may_suggest(policy, person.suggest_as_peer):
            yield person, score


def _with_room(serving: Serving, search: _Search, positions: Array) -> list[tuple[int, float]]:
    """Return these people with their scores, those already shown to many later, those shown to too many not."""
    names = [search.people.personas[position] for position in positions]
    shown = serving.loads.count(search.store.id, search.standing.learner.persona, names)
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
    reader = find_reader(search.standing, query.speaks or accepted)
    recommended = frozenset(first_nuggets(serving, search.standing)) if page else frozenset()
    explainer = PeerExplainer(
        search.standing.shelf, search.people, search.scores, search.evidence, reader, recommended
    )
    return tuple(
        PeerRecommendation(_agent(person), person.id, place, round(score, 4), explainer.explain(person.id))
        for place, (person, score) in enumerate(page, start=before + 1)
    )


def _agent(person: Persona) -> dict[str, Any]:
    agent = agent_of(person.identifiers[0])
    return {**agent, "name": person.name} if person.name else agent
