"""Reasons for peers in plain words: nuggets, skills, and what the two did for each other."""

from __future__ import annotations

from lrs.personas import PersonaId
from recommender.messages import say
from recommender.serving.nuggets.explanations import Reader, display_title, skill_name
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.peers.scores import CommonGround, PeerScores, common_ground
from recommender.serving.peers.social_evidence import SocialEvidence
from recommender.serving.state.people import People
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text

MOST_REASONS = 3


class PeerExplainer:
    """Explains the people of one answer to a learner.

    `recommended` are the positions of the nuggets recommended to the learner.
    """

    def __init__(
        self,
        scored: ScoredCatalogue,
        people: People,
        scores: PeerScores,
        evidence: SocialEvidence,
        reader: Reader,
        recommended: frozenset[int],
    ) -> None:
        self._snapshot = scored.snapshot
        self._ready = scored.candidates.ready
        self._people = people
        self._scores = scores
        self._evidence = evidence
        self._reader = reader
        self._recommended = recommended

    def explain(self, persona: PersonaId) -> tuple[str, ...]:
        """Return up to three reasons: what the person knows, what the two did, and what they have in common."""
        ground, features = self._ground(persona), self._features(persona)
        reasons = [*self._teaches(ground), *self._skills(features)][: MOST_REASONS - 1]
        reasons += self._evidence.reasons(persona, self._reader.language)[: MOST_REASONS - 1]
        reasons += self._shares(ground)
        return tuple(reasons[:MOST_REASONS])

    def _say(self, key: str, **values: object) -> str:
        return say(self._reader.language, key, **values)

    def _features(self, persona: PersonaId) -> UserFeatures:
        position = self._people.index.get(str(persona))
        return UserFeatures() if position is None else self._people.features[position]

    def _ground(self, persona: PersonaId) -> CommonGround:
        model = self._snapshot.model
        position = model.user_index.get(str(persona)) if model else None
        if model is None or position is None:
            return CommonGround()
        return common_ground(model, self._scores, position)

    def _title(self, item: int | None) -> str:
        """Return the title of a nugget, empty if there is none to name."""
        nugget = None if item is None else self._snapshot.columns.nuggets[item]
        return display_title(nugget, self._reader.language, "")

    def _teaches(self, ground: CommonGround) -> list[str]:
        title = self._title(ground.teaches)
        if ground.teaches is None or not title:
            return []
        act = "completed" if ground.has_completed else "interested"
        return [self._say(f"peer.{act}.{self._use(ground.teaches)}", name=title)]

    def _use(self, item: int) -> str:
        """Say why it matters that a person knows an item; nothing of one that has to wait for another."""
        if self._scores.about_topic:
            return "topic"
        if item in self._recommended:
            return "recommended"
        return "next" if self._ready[item] else "topic"

    def _skills(self, features: UserFeatures) -> list[str]:
        """Name one skill that the learner wants and the person has, and one the other way round."""
        can = [skill for skill in map(plain_text, features.skills) if skill in self._scores.wanted]
        wants = [skill for skill in map(plain_text, features.goals) if skill in self._scores.offered]
        found = [self._knows(skill) for skill in can[:1]]
        return found + [self._say("peer.skill.offered", skill=skill_name(skill)) for skill in wants[:1]]

    def _knows(self, skill: str) -> str:
        """Say that a person knows a skill, and whether the role, a goal or the learner wants it."""
        want, name = self._reader.wants.get(skill), skill_name(skill)
        if self._scores.about_topic or want is None:
            return self._say("peer.skill.topic", skill=name)
        if want.role:
            return self._say("peer.skill.role", skill=name, role=want.role)
        if want.goal != want.skill:
            return self._say("peer.skill.goal", skill=name, goal=want.goal)
        return self._say("peer.skill.wanted", skill=name)

    def _shares(self, ground: CommonGround) -> list[str]:
        title = self._title(ground.shares)
        if not title:
            return []
        key = "peer.both.completed" if ground.both_completed else "peer.both.seen"
        return [self._say(key, name=title)]
