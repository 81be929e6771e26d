"""Reasons for peers in plain words: nuggets, skills, and what the two did for each other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId
from recommender.messages import say
from recommender.serving.nuggets.explanations import Reader, display_title
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.peers.scores import (
    About,
    CommonGround,
    PeerScores,
    common_ground,
    second_hand_reason,
)
from recommender.serving.peers.social_evidence import SocialEvidence
from recommender.serving.state.knowledge import Known, Way
from recommender.serving.state.people import People
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text
from schemas.consents import Kind

MOST_REASONS = 3
POSTING: tuple[Way, ...] = ("answered", "taught", "created", "discussed")
TAKING: tuple[Way, ...] = ("completed", "interested")


class PeerExplainer:
    """Explains the people of one answer to a learner.

    `recommended` are the positions of the nuggets recommended to the learner.
    """

    def __init__(  # noqa: PLR0913
        self,
        store: Store,
        scored: ScoredCatalogue,
        people: People,
        scores: PeerScores,
        evidence: SocialEvidence,
        reader: Reader,
        recommended: frozenset[int],
    ) -> None:
        self._store = store
        self._snapshot = scored.snapshot
        self._ready = scored.candidates.ready
        self._open = scored.snapshot.is_open(time.time_ns() // 1000)
        self._learner = scored.learner.persona
        self._people = people
        self._scores = scores
        self._evidence = evidence
        self._reader = reader
        self._recommended = recommended

    def explain(self, person: Persona) -> tuple[str, ...]:
        """Return up to three reasons: what the person knows, what the two did, and what they have in common.

        What the person did with others or alone, and the person's goals, are told only where the person agrees.
        """
        persona, acts = person.id, self._permits(person, "activity")
        ground = self._ground(persona) if acts else CommonGround()
        features = self._features(persona)
        if not self._permits(person, "goals"):
            features = replace(features, goals=())
        topic = self._topic(persona) if acts else []
        reasons = [*topic, *self._teaches(ground), *self._skills(features)][: MOST_REASONS - 1]
        reasons += self._evidence.reasons(persona, self._reader.language)[: MOST_REASONS - 1]
        reasons += self._shares(ground)
        reasons += self._near(persona) if acts and not self._evidence.has_met(persona) else []
        return tuple(reasons[:MOST_REASONS])

    def _permits(self, person: Persona, kind: Kind) -> bool:
        return self._store.permits(kind, person.choice(kind))

    def _near(self, persona: PersonaId) -> list[str]:
        key = second_hand_reason(self._people, self._learner, persona)
        return [self._say(key)] if key and self._scores.about is None else []

    def _topic(self, persona: PersonaId) -> list[str]:
        """Say what shows most that a person knows the topic: answers and posts, and a nugget completed or taken."""
        about = self._scores.about
        if about is None or str(persona) not in about.knowledge.index:
            return []
        known = about.knowledge.known[about.knowledge.index[str(persona)]]
        found = [*self._posted(about, known), *self._took(known)]
        return found or [self._say("peer.topic.taken", topic=about.text)]

    def _posted(self, about: About, known: Known) -> Iterator[str]:
        parts = about.topic.parts
        for way in POSTING:
            counts = {part: count for (part, one), count in known.ways.items() if one == way}
            if counts:
                best = max(counts, key=lambda part: counts[part] * parts[part].weight)
                name = parts[best].name
                topic = self._reader.named(name) if name else self._named(about.text) or about.text
                yield self._say(f"peer.topic.{way}", topic=topic, count=counts[best])
                return

    def _took(self, known: Known) -> Iterator[str]:
        for way in TAKING:
            titles = filter(None, map(self._named, known.items.get(way, ())))
            if title := next(titles, ""):
                yield self._say(f"peer.{way}.topic", name=title)
                return

    def _named(self, item: str) -> str:
        """Return the title of a nugget that is open; empty if there is none."""
        position = self._snapshot.columns.index.get(item)
        return self._title(position) if position is not None and self._open[position] else ""

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
        """Return the title of a nugget, empty if there is none to name; hidden and private ones are not named."""
        nugget = None if item is None else self._snapshot.columns.nuggets[item]
        if item is None or nugget is None or nugget.hidden or self._snapshot.is_private(item):
            return ""
        return display_title(nugget, self._reader.language, "")

    def _teaches(self, ground: CommonGround) -> list[str]:
        title = self._title(ground.teaches)
        if ground.teaches is None or not title:
            return []
        act = "completed" if ground.has_completed else "interested"
        return [self._say(f"peer.{act}.{self._use(ground.teaches)}", name=title)]

    def _use(self, item: int) -> str:
        """Say why it matters that a person knows an item; nothing of one that has to wait for another."""
        if item in self._recommended:
            return "recommended"
        return "next" if self._ready[item] else "topic"

    def _skills(self, features: UserFeatures) -> list[str]:
        """Name one skill that the learner wants and the person has, and one the other way round."""
        private = self._snapshot.labels.private
        wanted, offered = self._scores.wanted - private, self._scores.offered - private
        can = [skill for skill in map(plain_text, features.skills) if skill in wanted]
        wants = [skill for skill in map(plain_text, features.goals) if skill in offered]
        found = [self._knows(skill) for skill in can[:1]]
        return found + [
            self._say("peer.skill.offered", skill=self._reader.named(skill)) for skill in wants[:1]
        ]

    def _knows(self, skill: str) -> str:
        """Say that a person knows a skill, and whether the role, a goal or the learner wants it."""
        want, name = self._reader.wants.get(skill), self._reader.named(skill)
        if self._scores.about or want is None:
            return self._say("peer.skill.topic", skill=name)
        if want.role:
            return self._say("peer.skill.role", skill=name, role=self._reader.named(want.role))
        if want.goal != want.skill:
            return self._say("peer.skill.goal", skill=name, goal=self._reader.named(want.goal))
        return self._say("peer.skill.wanted", skill=name)

    def _shares(self, ground: CommonGround) -> list[str]:
        title = self._title(ground.shares)
        if not title:
            return []
        key = "peer.both.completed" if ground.both_completed else "peer.both.seen"
        return [self._say(key, name=title)]
