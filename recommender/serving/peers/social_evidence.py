"""Social evidence: what learners did for each other (asked, answered, liked, followed, mentored, ...)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.interactions.history import build_history
from recommender.messages import say
from recommender.serving.state.learners import Learner
from recommender.storage.interactions import InteractionRow, find_rows_about

Acts = Mapping[str, int]
"""Verbs of one learner towards another, with their strengths."""

ENOUGH_STRENGTH = 8.0
HELPING = ("answered", "mentored", "commented", "shared", "collaborated")
"""Verbs of those who like to help."""

_RECEIVED = (
    "answered",
    "mentored",
    "commented",
    "liked",
    "shared",
    "collaborated",
    "asked",
    "messaged",
    "followed",
)
_GIVEN = ("answered", "mentored", "commented", "liked", "collaborated", "asked", "followed")


@dataclass(frozen=True, slots=True)
class SocialEvidence:
    """What others did for a learner (`received`), and the learner for others (`given`)."""

    received: Mapping[PersonaId, Acts]
    given: Mapping[PersonaId, Acts]

    def people(self) -> set[PersonaId]:
        """Return everybody concerned."""
        return {*self.received, *self.given}

    def weight(self, persona: PersonaId) -> float:
        """Return between 0 and 1 how much the two already have to do with each other; blocking ends it."""
        return _weight([*self.received.get(persona, {}).values(), *self.given.get(persona, {}).values()])

    def shows_help(self, persona: PersonaId) -> float:
        """Return between 0 and 1 how much a person knows and likes to help: did for the learner, or was asked."""
        return _weight(_helping(self.received.get(persona, {})) + _trusting(self.given.get(persona, {})))

    def shows_need(self, persona: PersonaId) -> float:
        """Return between 0 and 1 how much the learner did for a person, or was asked by."""
        return _weight(_helping(self.given.get(persona, {})) + _trusting(self.received.get(persona, {})))

    def is_unwanted(self, persona: PersonaId) -> bool:
        """Tell whether one of the two turned away from the other (blocked, unfriended, rejected)."""
        return any(
            strength < 0
            for acts in (self.received, self.given)
            for strength in acts.get(persona, {}).values()
        )

    def reasons(self, persona: PersonaId, language: str) -> list[str]:
        """Say in a language what happened between the two."""
        received, given = self.received.get(persona, {}), self.given.get(persona, {})
        keys = [f"peer.received.{verb}" for verb in _RECEIVED if received.get(verb, 0) > 0]
        keys += [f"peer.given.{verb}" for verb in _GIVEN if given.get(verb, 0) > 0]
        return [say(language, key) for key in keys]


def find_social_evidence(database: Database, store: StoreId, learner: Learner, limit: int) -> SocialEvidence:
    """Read what others did for the learner (`limit` acts); the other direction is in the learner's history."""
    if learner.persona is None:
        return SocialEvidence({}, learner.history.peers)
    rows: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in find_rows_about(database, store, learner.persona, limit):
        rows[row.learner].append(row)
    found = {person: build_history(acts, limit).peers for person, acts in rows.items()}
    received = {person: peers[learner.persona] for person, peers in found.items() if learner.persona in peers}
    return SocialEvidence(received, learner.history.peers)


def _helping(acts: Acts) -> list[int]:
    return [strength for verb, strength in acts.items() if verb in HELPING]


def _trusting(acts: Acts) -> list[int]:
    return [strength for verb, strength in acts.items() if verb not in HELPING]


def _weight(strengths: list[int]) -> float:
    return min(1.0, max(0.0, sum(strengths) / ENOUGH_STRENGTH))
