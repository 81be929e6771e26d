"""Scores all people as peers of a learner: nuggets and skills both ways, acquaintance, languages; or by a topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from recommender.dataset.sparse import line_of
from recommender.models.trained_model import COMPLETED, TrainedModel
from recommender.ranking.peers import Asker, Match, Matcher, mutual, need_of, share
from recommender.ranking.popularity_penalty import popularity_penalty
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.peers.social_evidence import SocialEvidence
from recommender.serving.peers.topics import Topic
from recommender.serving.state.knowledge import Knowledge
from recommender.serving.state.learners import Learner
from recommender.serving.state.people import NOBODY, People, Positions, spoken
from recommender.vocabulary.extensions import plain_text
from schemas.floors import FLOOR

Array = np.ndarray[Any, np.dtype[Any]]

SKILL_WEIGHT = 0.5
STATED_ACTS = 2
EVIDENCE_WEIGHT = 0.3
WITHOUT_COMMON_LANGUAGE = 0.5
LIKES_TO_HELP = 0.2
ACQUAINTANCE_WEIGHT = 4.0
"""Of acquaintance in a store in which everybody exchanges with others, beside mutual help (0 to 1)."""
MANY_HELPED = 3.0
"""A person who helped so many others gets 63 % (1 - 1/e) of `LIKES_TO_HELP`."""


@dataclass(frozen=True, slots=True)
class About:
    """A topic as it was asked for (`text`), what it means, and who knows it."""

    text: str
    topic: Topic
    knowledge: Knowledge


@dataclass(frozen=True, slots=True)
class PeerScores:
    """One score for each of P people, and what reasons are made of.

    `need` and `own` (I) are the values of items needed and of items that the learner took, `completed` (I) marks
    items that the learner completed; `wanted` are skills that the learner wants, `offered` those that the learner
    has.
    """

    values: Array
    need: Array
    own: Array
    completed: Array
    wanted: frozenset[str]
    offered: frozenset[str]
    about: About | None = None


@dataclass(frozen=True, slots=True)
class CommonGround:
    """Two nuggets by position: the peer took `teaches` and the learner needs it; both took `shares`."""

    teaches: int | None = None
    has_completed: bool = False
    shares: int | None = None
    both_completed: bool = False


def score_peers(people: People, scored: ScoredCatalogue, evidence: SocialEvidence) -> PeerScores:
    """Score all people as peers of a learner.

    The popularity penalty in the learner's scores is taken out again, as peers found with it were worse.
    """
    learner, size = scored.learner, len(people.personas)
    wants = {skill: want.need for skill, want in scored.wants.items()}
    basis = _basis(scored, _need(scored), wants)
    taken = scored.snapshot.columns.positions(act.item for act in learner.history.positives)
    taken = taken[~scored.snapshot.private[taken]]
    match = _match(people, scored.snapshot.matcher, Asker(basis.need, taken, scored.scores.state))
    match = Match(
        match.helps + SKILL_WEIGHT * _holders(people.skills, wants, size),
        match.helped + SKILL_WEIGHT * _holders(people.goals, dict.fromkeys(basis.offered, 1.0), size),
        match.likeness,
    )
    values = _with_evidence(people, match, evidence) + _second_hand(people, learner)
    return replace(basis, values=values * _ease_of_talking(people, learner))


def score_about(
    people: People, scored: ScoredCatalogue, evidence: SocialEvidence, about: About
) -> PeerScores:
    """Score all people by what they know of a topic; a skill that a person states counts like two answers."""
    topic, knowledge = about.topic, about.knowledge
    knows = _stated(people, topic)
    knows[[people.index[one] for one in knowledge.index]] += knowledge.scores
    basis = _basis(scored, np.zeros(len(scored.snapshot.popularity)), dict.fromkeys(topic.skills, 1.0))
    values = share(knows) + np.where(knows > 0, _met(people, evidence), 0.0)
    return replace(basis, values=values * _ease_of_talking(people, scored.learner), about=about)


def _basis(scored: ScoredCatalogue, need: Array, wants: Mapping[str, float]) -> PeerScores:
    """Return what reasons are made of, without scores."""
    columns, history = scored.snapshot.columns, scored.learner.history
    taken = columns.positions(act.item for act in history.positives)
    open_to_all = ~scored.snapshot.private
    return PeerScores(
        values=np.zeros(0),
        need=need * open_to_all,
        own=_own(scored, taken) * open_to_all,
        completed=columns.mask(columns.positions(history.completed)),
        wanted=frozenset(wants),
        offered=frozenset(map(plain_text, scored.learner.features.skills)),
    )


def common_ground(model: TrainedModel, scores: PeerScores, position: int) -> CommonGround:
    """Return what makes the learner at `position` of the model a good peer; completed nuggets are preferred."""
    known, degrees = line_of(model.known, position)
    finished = known[degrees == COMPLETED]
    teaches = _best_item((finished, known), scores.need)
    shares = _best_item((finished[scores.completed[finished]], known), scores.own)
    return CommonGround(
        teaches=teaches,
        has_completed=teaches is not None and teaches in finished,
        shares=shares,
        both_completed=shares is not None and shares in finished and bool(scores.completed[shares]),
    )


def _need(scored: ScoredCatalogue) -> Array:
    eligible = scored.candidates.eligible
    lost = popularity_penalty(scored.snapshot.penalised, eligible, scored.lists.penalty)
    return need_of(scored.scores.values - lost, eligible)


def _match(people: People, matcher: Matcher | None, asker: Asker) -> Match:
    """Match the learners of the model, and move each value to the learner's position among the people."""
    empty = np.zeros(len(people.personas), dtype=np.float64)
    if matcher is None:
        return Match(empty, empty, empty)
    found = matcher.match(asker)
    parts = []
    for values in (found.helps, found.helped, found.likeness):
        part = empty.copy()
        part[people.rows] = values
        parts.append(part)
    return Match(*parts)


def _holders(positions: Positions, weights: Mapping[str, float], size: int) -> Array:
    """Return, from 0 to 1, how much of these weighted names each person has."""
    found = np.zeros(size)
    for name, weight in weights.items():
        found[positions.get(name, NOBODY)] += weight
    return share(found)


def _stated(people: People, topic: Topic) -> Array:
    """Return what the people know who state a skill of the topic."""
    found = np.zeros(len(people.personas))
    for skill, weight in topic.skills.items():
        found[people.skills.get(skill, NOBODY)] += weight * np.log1p(STATED_ACTS)
    return found


def _with_evidence(people: People, match: Match, evidence: SocialEvidence) -> Array:
    """Add social evidence to what people know and need; it also counts by itself, without any model."""
    helps, helped = match.helps.copy(), match.helped.copy()
    for persona in evidence.people():
        position = people.index.get(str(persona))
        if position is not None:
            helps[position] += EVIDENCE_WEIGHT * evidence.shows_help(persona)
            helped[position] += EVIDENCE_WEIGHT * evidence.shows_need(persona)
    both_ways = bool(helped.any())
    return mutual(Match(helps, helped, match.likeness), both_ways=both_ways) + _met(people, evidence)


def _met(people: People, evidence: SocialEvidence) -> Array:
    """Return how much each person already has to do with the learner."""
    met = np.zeros(len(people.personas))
    for persona in evidence.people():
        if (position := people.index.get(str(persona))) is not None:
            met[position] = EVIDENCE_WEIGHT * evidence.weight(persona)
    return met


def _second_hand(people: People, learner: Learner) -> Array:
    """Return how near each person is to the learner by acquaintance; more, the more people of the store exchange.

    Only those count of whom a reason may speak: see `second_hand_reason`.
    """
    found = np.zeros(len(people.personas))
    graph, position = people.acquaintance, people.index.get(str(learner.persona), -1)
    known = len(graph.contacts)
    if not 0 <= position < known or not graph.contacts[position]:
        return found
    found[:known] = graph.near(position) * graph.tellable(position, FLOOR)
    return ACQUAINTANCE_WEIGHT * graph.share * found


def second_hand_reason(people: People, learner: PersonaId | None, person: PersonaId) -> str:
    """Return the key of what may be said of acquaintance at second hand, empty where nothing may.

    No third person can be told from it: either the learner exchanged with as many people as the floor, and the
    person with any of them, or the person exchanged with as many.
    """
    graph = people.acquaintance
    own, other = (people.index.get(str(one), len(graph.contacts)) for one in (learner, person))
    if max(own, other) >= len(graph.contacts) or not graph.contacts[own]:
        return ""
    if graph.contacts[own] >= FLOOR and graph.at_second_hand(own)[other]:
        return "peer.near"
    return "peer.active" if graph.contacts[other] >= FLOOR else ""


def _ease_of_talking(people: People, learner: Learner) -> Array:
    """Return a factor for each person: higher for one who helped many, lower without a common language.

    A person whose languages are not known counts as one with a common language.
    """
    likes = 1 + LIKES_TO_HELP * (1 - np.exp(-people.helped / MANY_HELPED))
    own = spoken(learner.features)
    if not own:
        return np.asarray(likes)
    speaks = np.zeros(len(people.personas), dtype=bool)
    unknown = np.ones(len(people.personas), dtype=bool)
    for language, positions in people.languages.items():
        unknown[positions] = False
        if language in own:
            speaks[positions] = True
    return np.asarray(likes * np.where(speaks | unknown, 1.0, WITHOUT_COMMON_LANGUAGE))


def _own(scored: ScoredCatalogue, taken: Array) -> Array:
    """Return the value of the items taken: the less popular an item, the more two people have in common by it."""
    own = np.zeros(len(scored.snapshot.popularity), dtype=np.float32)
    own[taken] = 1 / np.sqrt(1 + scored.snapshot.popularity[taken])
    return own


def _best_item(choices: Sequence[Array], values: Array) -> int | None:
    """Return the item of most value from the first of the choices that holds one of any value."""
    for items in choices:
        if len(items) and values[items].max() > 0:
            return int(items[np.argmax(values[items])])
    return None
