"""Social evidence: what a learner and others did for each other (asked, answered, liked, mentored, ...)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.interactions.acts_towards_others import Acts, help_weight, weight
from recommender.interactions.history import build_history
from recommender.messages import say
from recommender.serving.state.learners import Learner
from recommender.storage.interactions import InteractionRow, find_rows_about

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
_NO_ACTS: Acts = {}


@dataclass(frozen=True, slots=True)
class SocialEvidence:
    """The acts of others for a learner (`received`), and those of the learner for them (`given`)."""

    received: Mapping[PersonaId, Acts]
    given: Mapping[PersonaId, Acts]

    def people(self) -> set[PersonaId]:
        """Return everybody concerned."""
        return {*self.received, *self.given}

    def weight(self, persona: PersonaId) -> float:
        """Return from 0 to 1 how much the learner and a person already have to do with each other."""
        received, given = self._between(persona)
        return weight([*received.values(), *given.values()])

    def shows_help(self, persona: PersonaId) -> float:
        """Return from 0 to 1 how clearly a person knows more than the learner and likes to help."""
        received, given = self._between(persona)
        return help_weight(done=received, received=given)

    def shows_need(self, persona: PersonaId) -> float:
        """Return from 0 to 1 how clearly a person needs the learner's help."""
        received, given = self._between(persona)
        return help_weight(done=given, received=received)

    def has_met(self, persona: PersonaId) -> bool:
        """Return whether one of the two did something for the other."""
        return persona in self.received or persona in self.given

    def is_unwanted(self, persona: PersonaId) -> bool:
        """Return whether one of the two turned away from the other (blocked, unfriended, rejected)."""
        return any(strength < 0 for acts in self._between(persona) for strength in acts.values())

    def turned_away(self) -> SocialEvidence:
        """Return only who turned away from whom: all that counts for a learner who refused to be known by the past."""
        return SocialEvidence(_negative(self.received), _negative(self.given))

    def reasons(self, persona: PersonaId, language: str) -> list[str]:
        """Say in a language what happened between the two."""
        received, given = self._between(persona)
        keys = [f"peer.received.{verb}" for verb in _RECEIVED if received.get(verb, 0) > 0]
        keys += [f"peer.given.{verb}" for verb in _GIVEN if given.get(verb, 0) > 0]
        met = any(strength > 0 for acts in (received, given) for strength in acts.values())
        return [say(language, key) for key in keys or (["peer.met"] if met else [])]

    def _between(self, persona: PersonaId) -> tuple[Acts, Acts]:
        return self.received.get(persona, _NO_ACTS), self.given.get(persona, _NO_ACTS)


def _negative(acts: Mapping[PersonaId, Acts]) -> dict[PersonaId, Acts]:
    kept = {
        person: {verb: strength for verb, strength in found.items() if strength < 0}
        for person, found in acts.items()
    }
    return {person: found for person, found in kept.items() if found}


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
