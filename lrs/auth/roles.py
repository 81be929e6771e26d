"""The roles of people who sign in to pages: each is a name for some scopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEARNER = ("recommendations/read/mine", "record/read/mine", "recommendations/write", "statements/write")
ROLES: Mapping[str, tuple[str, ...]] = {
    "learner": LEARNER,
    "community": (*LEARNER, "insights/community"),
    "officer": (*LEARNER, "insights/organisation", "insights/explore"),
    "producer": (*LEARNER, "catalogue/read", "catalogue/write", "insights/explore"),
    "analyst": (*LEARNER, "insights/explore"),
    "admin": (
        *LEARNER,
        *("stores/manage", "privacy/manage", "models/manage", "sources/manage"),
        *("catalogue/read", "catalogue/write", "learners/read", "learners/write", "statements/read"),
    ),
}
"""Everybody learns, so each role begins with what a learner may do."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody of the demo whom a visitor may sign in as, without a password: `learner` is a canonical identifier."""

    role: str
    name: str
    learner: str

    @property
    def scopes(self) -> frozenset[str]:
        """What the role may do."""
        return frozenset(ROLES[self.role])


def entrances_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Entrance, ...]:
    """Return the entrances as the database keeps them."""
    return tuple(Entrance(**row) for row in rows)
