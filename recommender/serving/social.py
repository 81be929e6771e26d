"""Social evidence: what learners did for each other (asked, answered, liked, followed, mentored, ...)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lrs.auth.stores import Store
from lrs.personas import PersonaId
from recommender.interactions.history import build_history
from recommender.serving.learners import Learner
from recommender.serving.service import Serving
from recommender.storage.interactions import InteractionRow, find_rows_about

Acts = Mapping[str, int]
"""Verbs of one learner towards another, with their strengths."""

ENOUGH_STRENGTH = 8.0

_RECEIVED = {
    "answered": "Answered your question",
    "mentored": "Mentored you",
    "commented": "Commented on something of yours",
    "liked": "Liked something of yours",
    "shared": "Shared something with you",
    "collaborated": "Worked with you",
    "asked": "Asked you a question",
    "messaged": "Wrote to you",
    "followed": "Follows you",
}
_GIVEN = {
    "answered": "You answered a question of theirs",
    "mentored": "You mentored this person",
    "commented": "You commented on something of theirs",
    "liked": "You liked something of theirs",
    "collaborated": "You worked together",
    "asked": "You asked this person",
    "followed": "You follow this person",
}


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
        strengths = [*self.received.get(persona, {}).values(), *self.given.get(persona, {}).values()]
        return min(1.0, max(0.0, sum(strengths) / ENOUGH_STRENGTH))

    def is_unwanted(self, persona: PersonaId) -> bool:
        """Tell whether one of the two turned away from the other (blocked, unfriended, rejected)."""
        return any(
            strength < 0
            for acts in (self.received, self.given)
            for strength in acts.get(persona, {}).values()
        )

    def reasons(self, persona: PersonaId) -> list[str]:
        """Say what happened between the two."""
        received, given = self.received.get(persona, {}), self.given.get(persona, {})
        reasons = [text for verb, text in _RECEIVED.items() if received.get(verb, 0) > 0]
        return reasons + [text for verb, text in _GIVEN.items() if given.get(verb, 0) > 0]


def find_social_evidence(serving: Serving, store: Store, learner: Learner) -> SocialEvidence:
    """Read what others did for the learner; the other direction is in the learner's history."""
    if learner.persona is None:
        return SocialEvidence({}, learner.history.peers)
    limit = serving.settings.learner_rows
    rows: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in find_rows_about(serving.database, store.id, learner.persona, limit):
        rows[row.persona].append(row)
    found = {person: build_history(acts, limit).peers for person, acts in rows.items()}
    received = {person: peers[learner.persona] for person, peers in found.items() if learner.persona in peers}
    return SocialEvidence(received, learner.history.peers)
