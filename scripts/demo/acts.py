"""An act of somebody, before it becomes a Statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.demo.catalogue import Nugget
from scripts.demo.organisation import Learner


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an act; fields that do not apply are None."""

    seconds: float | None = None
    completed: bool | None = None
    success: bool | None = None
    score: int | None = None
    response: str | None = None
    progress: float | None = None
    played: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A community, or an event of one: its Activity IRI, its Activity type and its names by language."""

    id: str
    kind: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One act at a time (milliseconds since 1970 UTC), on a nugget, a person, a place, a search or an earlier act."""

    at: int
    actor: Learner
    verb: str
    target: Nugget | Learner | Place | Act | None
    outcome: Outcome | None = None
    registration: str | None = None
    session: str | None = None
    addressed_to: Learner | None = None
    about: Nugget | None = None
    place: Place | None = None
