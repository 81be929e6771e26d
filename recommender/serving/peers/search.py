"""Finds the people for a request: those who agreed, best first, those suggested to many already later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId, describe_personas
from recommender.ranking.load_cap import spread_load
from recommender.serving.context import Serving
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.paging import Marks, is_shown
from recommender.serving.peers.scores import About, PeerScores, score_about, score_peers
from recommender.serving.peers.social_evidence import SocialEvidence, find_social_evidence
from recommender.serving.peers.topics import find_topic
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.people import NOBODY, People
from schemas.consents import Kind

Array = np.ndarray[Any, np.dtype[Any]]
FIRST_LOOK = 100
FIRST_ASKED = 25
SHOWING: tuple[Kind, ...] = ("name", "contact")

Chosen = tuple[Persona, float]


@dataclass(frozen=True, slots=True)
class Search:
    """One request for people: what is known for it, and who may be suggested (`allowed`, a mask of P).

    Being found tells something of the person: `needs` are the consents to that.
    """

    store: Store
    scored: ScoredCatalogue
    people: People
    evidence: SocialEvidence
    scores: PeerScores
    allowed: Array
    needs: tuple[Kind, ...] = ()

    @property
    def values(self) -> Array:
        """Return the score of each person before load."""
        return self.scores.values

    def order(self) -> Array:
        """Return the positions of the people who may be suggested, best first."""
        positions = np.flatnonzero(self.allowed & (self.values > 0))
        return np.asarray(positions[np.argsort(-self.values[positions], kind="stable")])

    def with_values(self, values: Array, *needs: Kind) -> Search:
        """Return the same search with other scores, which need these consents."""
        return replace(self, scores=replace(self.scores, values=values), needs=needs)


def may_suggest(store: Store, person: Persona) -> bool:
    """Return whether a person agrees to be suggested, and to be shown by name or address."""
    shows = any(store.permits(kind, person.choice(kind)) for kind in SHOWING)
    return store.permits("peer", person.choice("peer")) and shows


def search_people(
    serving: Serving, store: Store, scored: ScoredCatalogue, *, topic: str = "", team: str = "any"
) -> Search:
    """Score all people as peers of a learner, or as helpers with a topic."""
    learner, model = scored.learner, scored.snapshot.model
    evidence = find_social_evidence(serving.database, store.id, learner, serving.settings.learner_rows)
    people = serving.people.find(store.id, scored.snapshot.version, model.users if model else ())
    if not learner.permits(store, "recommendations"):
        evidence, people = evidence.turned_away(), people.without_acquaintance()
    about = _find_about(serving, store, topic, people, scored.snapshot) if topic else None
    people = people.with_others([*map(str, evidence.people()), *(about.knowledge.index if about else ())])
    scores = score_about(people, scored, evidence, about) if about else score_peers(people, scored, evidence)
    mask = _in_team(people, learner.features.team, team)
    if store.policy("peer") == "opt_in":
        mask &= people.agreed
    unwanted = [one for one in evidence.people() if evidence.is_unwanted(one)]
    for persona in (learner.persona, *unwanted):
        if str(persona) in people.index:
            mask[people.index[str(persona)]] = False
    return Search(store, scored, people, evidence, scores, mask, ("activity",) if about else ())


def agreeing(serving: Serving, search: Search, shown: Marks = frozenset()) -> Iterator[Chosen]:
    """Yield the best people not shown yet who agreed.

    Most pages are full after the first few people, so people are looked up in groups that grow as more are needed.
    """
    asked = FIRST_ASKED
    for part in _best_first(serving, search):
        left = [one for one in part if not is_shown(search.people.personas[one[0]], shown)]
        while left:
            yield from _with_consent(serving, search, left[:asked])
            left, asked = left[asked:], asked * 4


def _best_first(serving: Serving, search: Search) -> Iterator[list[tuple[int, float]]]:
    """Yield the people with their scores after load, a few at a time, the best of all first."""
    start, width, waiting, order = 0, FIRST_LOOK, list[tuple[int, float]](), search.order()
    while start < len(order):
        waiting += _after_load(serving, search, order[start : start + width])
        waiting.sort(key=lambda one: -one[1])
        start, width = start + width, width * 4
        # Load only lowers scores, so nobody later in the order reaches more than the next score before load.
        bound = search.values[order[start]] if start < len(order) else 0.0
        yield [one for one in waiting if one[1] >= bound]
        waiting = [one for one in waiting if one[1] < bound]


def _find_about(
    serving: Serving, store: Store, text: str, people: People, snapshot: CatalogueSnapshot
) -> About:
    """Return who knows a topic, by what is not private."""
    subjects = serving.subjects.find(store.id)
    topic = find_topic(text, subjects, people, partial(serving.meanings.near, store.id))
    skills = {one: weight for one, weight in topic.skills.items() if one not in snapshot.labels.private}
    topic, index = replace(topic, skills=skills), snapshot.columns.index
    private = {subjects.ids[one] for part in topic.parts for one in part.subjects} & index.keys()
    private = {one for one in private if snapshot.is_private(index[one])}
    parts = [
        [one for one in (subjects.ids[position] for position in part.subjects) if one not in private]
        for part in topic.parts
    ]
    names, weights = [part.name for part in topic.parts], [part.weight for part in topic.parts]
    return About(text, topic, serving.knowledge.find(store.id, text, names, parts, weights))


def _in_team(people: People, team: str, wanted: str) -> Array:
    """Return a mask of the people in the team (`same`) or outside (`other`); a learner without one has no teammates."""
    mates = people.mask(people.teams.get(team, NOBODY) if team else NOBODY)
    if wanted == "same":
        return mates
    return ~mates if wanted == "other" else np.ones(len(people.personas), dtype=bool)


def _with_consent(serving: Serving, search: Search, part: Sequence[tuple[int, float]]) -> Iterator[Chosen]:
    """Yield those who agree at this moment; the consents in memory may be some seconds old."""
    names = [PersonaId(search.people.personas[position]) for position, _ in part]
    found = describe_personas(serving.database, search.store.id, names)
    for name, (_, score) in zip(names, part, strict=True):
        person = found.get(name)
        if person is None or not may_suggest(search.store, person):
            continue
        if all(search.store.permits(kind, person.choice(kind)) for kind in search.needs):
            yield person, score


def _after_load(serving: Serving, search: Search, positions: Array) -> list[tuple[int, float]]:
    """Return these people with their scores after load."""
    names = [search.people.personas[position] for position in positions]
    asker = search.scored.learner.persona
    shown = serving.suggestion_counts.count(search.store.id, asker, names)
    values = spread_load(search.values[positions], shown, serving.settings.peer_cap)
    return list(zip(positions.tolist(), values.tolist(), strict=True))
