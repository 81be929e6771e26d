"""Roles: the skills, with levels, that a person in a role should have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrs.storage.database import Database, StoreId
from recommender.storage.entries import iterate_entries
from recommender.vocabulary.extensions import plain_text

LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Role:
    """A role by its name as shown, and the level wanted (1 to 3) of each skill."""

    name: str
    skills: Mapping[str, int] = field(default_factory=dict)


def find_roles(database: Database, store: StoreId) -> dict[str, Role]:
    """Return the roles of a store by their plain names (trimmed, in lower case)."""
    return {
        plain_text(entry.key): Role(entry.values["name"], entry.values.get("skills", {}))
        for entry in iterate_entries(database, store, "roles")
    }
