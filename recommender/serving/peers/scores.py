"""Scores all people as peers of a learner: nuggets and skills both ways, social evidence, languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.dataset.sparse import line_of
from recommender.models.trained_model import COMPLETED, TrainedModel
from recommender.ranking.peers import Asker, Match, Matcher, mutual, need_of, share
from recommender.ranking.popularity_penalty import popularity_penalty
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.peers.social_evidence import SocialEvidence
from recommender.serving.peers.topics import Topic
from recommender.serving.state.learners import Learner
from recommender.serving.state.people import NOBODY, People, Positions, spoken
from recommender.vocabulary.extensions import plain_text

Array = np.ndarray[Any, np.dtype[Any]]

SKILL_WEIGHT = 0.5
EVIDENCE_WEIGHT = 0.3
WITHOUT_COMMON_LANGUAGE = 0.5
LIKES_TO_HELP = 0.2
MANY_HELPED = 3.0
"""A person who helped so many others gets 63 % (1 - 1/e) of `LIKES_TO_HELP`."""


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
    about_topic: bool = False


@dataclass(frozen=True, slots=True)
class CommonGround:
    """Two nuggets by position: the peer took `teaches` and the learner needs it; both took `shares`."""

    teaches: int | None = None
    has_completed: bool = False
    shares: int | None = None
    both_completed: bool = False


def score_peers(
    people: People,
    scored: ScoredCatalogue,
    evidence: SocialEvidence,
    topic: Topic | None = None,
) -> PeerScores:
    """Score all people as peers of a learner; with a topic, only those who know something about it.

    The popularity penalty in the learner's scores is taken out again, as peers found with it were worse.
    """
    learner, size = scored.learner, len(people.personas)
    wants = {skill: want.need for skill, want in scored.wants.items()}
    wants = dict.fromkeys(topic.skills, 1.0) if topic else wants
    offered = frozenset(map(plain_text, learner.features.skills))
    need = _need(scored, topic)
    columns = scored.snapshot.columns
    taken = columns.positions(act.item for act in learner.history.positives)
    match = _match(people, scored.snapshot.matcher, Asker(need, taken, scored.scores.state))
    match = Match(
        match.helps + SKILL_WEIGHT * _holders(people.skills, wants, size),
        match.helped + SKILL_WEIGHT * _holders(people.goals, dict.fromkeys(offered, 1.0), size),
        match.likeness,
    )
    values = _with_evidence(people, match, evidence, about_topic=topic is not None)
    return PeerScores(
        values=values * _ease_of_talking(people, learner),
        need=need,
        own=_own(scored, taken),
        completed=columns.mask(columns.positions(learner.history.completed)),
        wanted=frozenset(wants),
        offered=offered,
        about_topic=topic is not None,
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


def _need(scored: ScoredCatalogue, topic: Topic | None) -> Array:
    if topic is not None:
        return topic.items.astype(np.float32)
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


def _with_evidence(people: People, match: Match, evidence: SocialEvidence, *, about_topic: bool) -> Array:
    """Add social evidence to what people know and need; it also counts by itself, without any model.

    About a topic, it counts only for people who know something of the topic.
    """
    helps, helped, met = match.helps.copy(), match.helped.copy(), np.zeros(len(people.personas))
    knows = match.helps > 0
    for persona in evidence.people():
        position = people.index.get(str(persona))
        if position is not None:
            helps[position] += EVIDENCE_WEIGHT * evidence.shows_help(persona)
            helped[position] += EVIDENCE_WEIGHT * evidence.shows_need(persona)
            met[position] = EVIDENCE_WEIGHT * evidence.weight(persona)
    whole = Match(helps, helped, match.likeness)
    if about_topic:
        # A question wants an answer first of all, so here knowing alone counts as much as being of use to each other.
        one_way, both_ways = mutual(whole, both_ways=False), mutual(whole)
        return np.where(knows, (one_way + both_ways) / 2 + met, 0.0)
    return mutual(whole, both_ways=bool(helped.any())) + met


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
