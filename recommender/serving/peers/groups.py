"""Study circles: three to six people towards one goal, of whom some know about it and the others learn it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId
from recommender.catalogue.roles import Role
from recommender.messages import catalogue_language, say
from recommender.ranking.peers import share
from recommender.serving.context import Serving
from recommender.serving.nuggets.explanations import Reader
from recommender.serving.nuggets.recommend import find_reader, score_catalogue
from recommender.serving.peers.explanations import MOST_REASONS, PeerExplainer
from recommender.serving.peers.recommend import shown_as
from recommender.serving.peers.search import Search, agreeing, search_people
from recommender.serving.state.people import NOBODY, People
from recommender.vocabulary.extensions import plain_text
from schemas.groups import FEWEST, GroupQuery

MEMBERS_PER_HELPER = 3
"""One of so many members knows about the goal, if anybody does."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a study circle as an Agent: who `asks`, `knows` what it is for, or `learns` it, with reasons."""

    agent: Mapping[str, Any]
    persona: PersonaId | None
    part: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A study circle, the learner who asks first; without members where too few people are left (`message`).

    `persona` is None for a learner who refused to be recommended to by the past. `language` is that of all texts.
    """

    model: int | None
    persona: PersonaId | None
    message: str
    language: str
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class _Goal:
    """What a study circle is for: its name, and the skills it takes."""

    name: str
    skills: tuple[str, ...]


def find_group(serving: Serving, store: Store, query: GroupQuery, accepted: str = "") -> Group:
    """Find people for a study circle with the learner: all agreed, and those suggested to many already come later."""
    learner = serving.learners.find(store.id, query.identifier)
    noted = learner.noted_as(store)
    scored = score_catalogue(serving, store, learner)
    reader = find_reader(scored, query.speaks or accepted)
    language = catalogue_language(reader.language)
    model, goal = scored.snapshot.version, _read_goal(scored.snapshot.roles, query.value)
    if store.policy("peer") == "off" or not learner.is_known:
        key = "group.unknown" if store.policy("peer") != "off" else "group.off"
        return Group(model, noted, say(reader.language, key), language)
    knowing = search_people(serving, store, scored, topic=", ".join(goal.skills))
    learning = _sharing(search_people(serving, store, scored), knowing, goal)
    chosen = _choose(serving, knowing, learning, query.size)
    if len(chosen) + 1 < FEWEST:
        return Group(model, noted, say(reader.language, "group.too_few"), language)
    explain = _Explainer(knowing, learning, goal, reader)
    members = [Member(shown_as(store, one), one.id, part, explain(one, part)) for one, part in chosen]
    message = say(reader.language, "group.found", count=len(members) + 1, topic=reader.named(goal.name))
    return Group(model, noted, message, language, (Member(query.agent, None, "asks"), *members))


def _read_goal(roles: Mapping[str, Role], value: str) -> _Goal:
    """Return a role with its skills, or else one skill; a study circle may be for what nobody knows yet."""
    role = roles.get(value)
    return _Goal(role.name, tuple(role.skills)) if role and role.skills else _Goal(value, (value,))


def _sharing(search: Search, knowing: Search, goal: _Goal) -> Search:
    """Return the search among those who want to learn the same: it is their goal, or they asked about it.

    Of two of them, the better peer of the learner comes first.
    """
    values = np.zeros(len(search.people.personas))
    values[_with_goal(search.people, goal)] = 1.0
    asking = _asking(knowing)
    values[[position for name, position in search.people.index.items() if name in asking]] = 1.0
    return search.with_values(values * (1 + share(search.values)), "goals", "activity")


def _with_goal(people: People, goal: _Goal) -> list[int]:
    names = {plain_text(goal.name), *goal.skills}
    return [int(one) for name in names for one in people.goals.get(name, NOBODY)]


def _asking(search: Search) -> frozenset[str]:
    return search.scores.about.knowledge.asking if search.scores.about else frozenset()


def _choose(serving: Serving, knowing: Search, learning: Search, size: int) -> list[tuple[Persona, str]]:
    """Choose those who know first, as many as the others need; where one kind lacks people, take more of the other."""
    helpers = [person for person, _ in islice(agreeing(serving, knowing), size - 1)]
    first = helpers[: max(1, size // MEMBERS_PER_HELPER)]
    names = {person.id for person in first}
    others = (person for person, _ in agreeing(serving, learning) if person.id not in names)
    learners = list(islice(others, size - 1 - len(first)))
    names |= {person.id for person in learners}
    more = [person for person in helpers if person.id not in names][: size - 1 - len(names)]
    return [(one, "knows") for one in (*first, *more)] + [(one, "learns") for one in learners]


class _Explainer:
    """Says why each member is in a study circle."""

    def __init__(self, knowing: Search, learning: Search, goal: _Goal, reader: Reader) -> None:
        self._knowing, self._learning = (
            PeerExplainer(one.store, one.scored, one.people, one.scores, one.evidence, reader, frozenset())
            for one in (knowing, learning)
        )
        self._people, self._asking = learning.people, _asking(knowing)
        self._goal, self._reader = goal, reader

    def __call__(self, person: Persona, part: str) -> tuple[str, ...]:
        """Return up to three reasons, the one for the goal first."""
        if part == "knows":
            return self._knowing.explain(person)
        position = self._people.index.get(str(person.id))
        wants = position is not None and position in _with_goal(self._people, self._goal)
        key = "group.learns" if wants else "group.asked"
        shared = say(self._reader.language, key, topic=self._reader.named(self._goal.name))
        return (shared, *self._learning.explain(person))[:MOST_REASONS]
