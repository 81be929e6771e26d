"""The facets by which a Statement is found: verb, identifiers, Activity ids, registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from lrs.storage.tenancy import Row

FACETS = ("verbs", "agents", "related_agents", "activities", "related_activities", "registrations")
LONGEST_VALUE = 256  # bytes
MOST_VALUES = 5_000
"""Of one Statement, and as many again that it inherits as a StatementRef: each is an entry in an index."""


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of a Statement; identifiers and ids in full."""

    verb: str
    agents: tuple[str, ...]
    related_agents: tuple[str, ...]
    activities: tuple[str, ...]
    related_activities: tuple[str, ...]
    registration: str | None

    @property
    def registrations(self) -> tuple[str, ...]:
        """The registration, if there is one."""
        return (self.registration,) if self.registration else ()

    @property
    def by_filter(self) -> tuple[tuple[str, ...], ...]:
        """The values for each filter that they serve, in the order of `FACETS`."""
        agents, activities = (self.agents, self.related_agents), (self.activities, self.related_activities)
        return ((self.verb,), *agents, *activities, self.registrations)

    @property
    def number(self) -> int:
        """How many values there are, each under each filter that it serves."""
        return sum(map(len, self.by_filter))


def facet_fields(facets: Facets) -> Row:
    """Return the facets as document fields; each is a list, for a StatementRef adds its target's."""
    return {
        name: list(map(kept_value, values)) for name, values in zip(FACETS, facets.by_filter, strict=True)
    }


def kept_value(value: str) -> str:
    """Return what a value is found by: the value, or a digest of it where it has more than `LONGEST_VALUE` bytes.

    Long index entries cost every server much, and nobody looks for the beginning of one. Neither an IRI nor an
    identifier begins like a digest.
    """
    if 4 * len(value) <= LONGEST_VALUE:
        return value
    encoded = value.encode()
    return value if len(encoded) <= LONGEST_VALUE else f"sha256|{sha256(encoded).hexdigest()}"


def number_of_values(fields: Mapping[str, Sequence[str]]) -> int:
    """Return how many values the facets among the fields of a document have."""
    return sum(len(fields[name]) for name in FACETS)
