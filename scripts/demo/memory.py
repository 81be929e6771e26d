"""The memory of learners and the company while the half-year is played through."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from scripts.demo.acts import Act, Outcome
from scripts.demo.catalogue import Catalogue, Nugget
from scripts.demo.interests import Interests
from scripts.demo.organisation import Learner

RECENT = 12


@dataclass(slots=True)
class Attempt:
    """A course under way: the registration and the unit to take next."""

    registration: str
    next_unit: int = 0


@dataclass(slots=True)
class Thread:
    """A question that was asked, and who has taken part since."""

    asker: Learner
    asked: int
    participants: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Company:
    """What everybody can see: popular nuggets, open questions, what teams and topics are busy with."""

    catalogue: Catalogue
    popularity: Mapping[str, float]
    threads: dict[str, Thread] = field(default_factory=dict)
    busy_teams: dict[str, deque[str]] = field(default_factory=dict)
    busy_topics: dict[str, deque[Learner]] = field(default_factory=dict)

    def finished_in_team(self, learner: Learner, nugget: Nugget) -> int:
        """How many of the team's latest finished nuggets were this one."""
        return (
            self.busy_teams[learner.team.key].count(nugget.id) if learner.team.key in self.busy_teams else 0
        )

    def note(self, learner: Learner, nugget: Nugget) -> None:
        """Let colleagues see that the learner has finished the nugget."""
        self.busy_teams.setdefault(learner.team.key, deque(maxlen=RECENT)).append(nugget.id)
        self.busy_topics.setdefault(nugget.topic, deque(maxlen=RECENT)).append(learner)


@dataclass(slots=True)
class Mind:
    """One learner's state: the clock of the session, what is finished, what is under way."""

    learner: Learner
    interests: Interests
    rng: Random
    now: int = 0
    topic: str = ""
    last: Nugget | None = None
    finished: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    bookmarked: set[str] = field(default_factory=set)
    liked: dict[str, Act] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    launched: str = ""
    attempts: dict[str, Attempt] = field(default_factory=dict)
    mastery: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    done: list[Act] = field(default_factory=list)

    def happens(self, chance: float) -> bool:
        """Whether something of that chance happens now."""
        return self.rng.random() < chance

    def wait(self, low: float, high: float) -> float:
        """Let between `low` and `high` seconds pass; the seconds that passed."""
        seconds = self.rng.uniform(low, high)
        self.now += int(seconds * 1000)
        return round(seconds, 2)

    def identify(self) -> str:
        """A new version 4 UUID, for registrations and player sessions."""
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def act(self, verb: str, target: Nugget | Learner | None, outcome: Outcome | None = None) -> Act:
        """Do something now, with the registration of the course that it belongs to."""
        act = Act(self.now, self.learner, verb, target, outcome, self._registration_of(target))
        self.done.append(act)
        return act

    def _registration_of(self, target: Nugget | Learner | None) -> str | None:
        if not isinstance(target, Nugget):
            return None
        attempt = self.attempts.get(target.course or target.id)
        return attempt.registration if attempt else None
