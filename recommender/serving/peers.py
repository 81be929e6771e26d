"""Who a learner should learn with or from: people who agreed, in the order of their scores, with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrs.activities import find_definitions
from lrs.auth.stores import PeerSuggestions, Store
from lrs.personas import Persona, PersonaId, describe_personas
from recommender.model import TrainedModel
from recommender.serving.explanations import display_name
from recommender.serving.learners import Learner, find_learner
from recommender.serving.peer_scores import CommonGround, PeerScores, common_ground, score_peers
from recommender.serving.service import Serving
from recommender.serving.social import SocialEvidence, find_social_evidence
from schemas.identifiers import agent_of

EVIDENCE_WEIGHT = 0.3
FIRST_LOOK = 100
MOST_REASONS = 3
MET = "You have had to do with each other"


@dataclass(frozen=True, slots=True)
class PeerRecommendation:
    """A person as an Agent, the place (from 1), the score, and why."""

    agent: Mapping[str, Any]
    rank: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """The recommendations, best first, and the version of the model that made them (None: social acts only)."""

    model: int | None
    recommendations: tuple[PeerRecommendation, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    persona: PersonaId
    score: float
    ground: CommonGround = field(default_factory=CommonGround)


def recommend_peers(serving: Serving, store: Store, identifier: str, limit: int) -> PeerAnswer:
    """Recommend people who agreed to be suggested, never the learner."""
    running = serving.models.find(store.id)
    version = running.version if running else None
    if store.peer_suggestions == "off":
        return PeerAnswer(version, ())
    learner = find_learner(serving.database, store.id, identifier, serving.settings.learner_rows)
    evidence = find_social_evidence(serving, store, learner)
    model = running.model if running else None
    scores = score_peers(model, learner) if model else None
    matches = _order(model, scores, learner, evidence)
    chosen = _agreeing(serving, store, matches, limit)
    found = _describe(serving, store, learner, [(_ground(model, scores, one), who) for one, who in chosen])
    return PeerAnswer(version, tuple(_recommendations(found, evidence)))


def may_suggest(policy: PeerSuggestions, choice: bool | None) -> bool:
    """Tell whether a person may be suggested, by the store's setting and the person's own choice."""
    return choice is True if policy == "opt_in" else policy == "opt_out" and choice is not False


def _order(
    model: TrainedModel | None, scores: PeerScores | None, learner: Learner, evidence: SocialEvidence
) -> list[_Match]:
    """Return possible peers, the best first: the model's score and, for people who met, evidence added."""
    found: dict[PersonaId, float] = {}
    if model is not None and scores is not None:
        useful = np.flatnonzero(scores.values > 0)
        found = {PersonaId(model.users[position]): float(scores.values[position]) for position in useful}
    for persona in evidence.people():
        found[persona] = found.get(persona, 0.0) + EVIDENCE_WEIGHT * evidence.weight(persona)
    matches = [
        _Match(persona, score)
        for persona, score in found.items()
        if score > 0 and persona != learner.persona and not evidence.is_unwanted(persona)
    ]
    return sorted(matches, key=lambda match: (-match.score, match.persona))


def _agreeing(
    serving: Serving, store: Store, matches: Sequence[_Match], limit: int
) -> list[tuple[_Match, Persona]]:
    """Return the best matches who agreed, looking at more people only while there are too few."""
    chosen: list[tuple[_Match, Persona]] = []
    start, width = 0, FIRST_LOOK
    while start < len(matches) and len(chosen) < limit:
        part = matches[start : start + width]
        people = describe_personas(serving.database, store.id, [match.persona for match in part])
        for match in part:
            person = people.get(match.persona)
            if person and person.identifiers and may_suggest(store.peer_suggestions, person.suggest_as_peer):
                chosen.append((match, person))
        start, width = start + width, width * 4
    return chosen[:limit]


def _ground(model: TrainedModel | None, scores: PeerScores | None, match: _Match) -> _Match:
    position = model.user_index.get(str(match.persona)) if model else None
    if model is None or scores is None or position is None:
        return match
    return _Match(match.persona, match.score, common_ground(model, scores, position))


_Described = tuple[_Match, Persona, Mapping[str, str]]


def _describe(
    serving: Serving, store: Store, learner: Learner, chosen: Sequence[tuple[_Match, Persona]]
) -> list[_Described]:
    grounds = [match.ground for match, _ in chosen]
    items = sorted({item for ground in grounds for item in (ground.teaches, ground.shares) if item})
    definitions = find_definitions(serving.database, store.id, items)
    language = learner.features.language
    names = {item: display_name(definitions.get(item, {}), language, item) for item in items}
    return [(match, person, names) for match, person in chosen]


def _recommendations(found: Sequence[_Described], evidence: SocialEvidence) -> list[PeerRecommendation]:
    return [
        PeerRecommendation(_agent(person), place, round(match.score, 4), _reasons(match, names, evidence))
        for place, (match, person, names) in enumerate(found, start=1)
    ]


def _agent(person: Persona) -> dict[str, Any]:
    agent = agent_of(person.identifiers[0])
    return {**agent, "name": person.name} if person.name else agent


def _reasons(match: _Match, names: Mapping[str, str], evidence: SocialEvidence) -> tuple[str, ...]:
    ground = match.ground
    reasons = evidence.reasons(match.persona)[: MOST_REASONS - 1]
    if ground.teaches:
        did = "Has completed" if ground.has_completed else "Has shown interest in"
        why = "which is recommended to you" if ground.is_recommended else "which may suit you next"
        reasons.insert(0, f'{did} "{names[ground.teaches]}", {why}')
    if ground.shares:
        did = "You both completed" if ground.both_completed else "You both looked at"
        reasons.append(f'{did} "{names[ground.shares]}"')
    return tuple(reasons[:MOST_REASONS]) or (MET,)
