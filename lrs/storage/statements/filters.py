"""The filters of the xAPI as conditions on the documents."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.storage.database import Row
from lrs.storage.statements.facets import kept_value

NOT_VOIDED: Row = {"voided": {"$ne": True}}
"""It is None in rows of large batches; whether they are published is looked up when they are met."""


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Equality on what a Statement can be found by; None means any."""

    verb: str | None = None
    agent: str | None = None
    related_agents: bool = False
    activity: str | None = None
    related_activities: bool = False
    registration: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter in two stages: what an index serves alone, and what is looked at in the documents it finds.

    MongoDB makes one of the two; the embedded server uses an index only for a filter that is nothing else.
    """

    indexed: Row
    rest: Row

    @property
    def needs_filter(self) -> bool:
        """Tell whether more is looked at than whether a Statement is voided."""
        return self.rest != NOT_VOIDED


def build_condition(wanted: StatementFilter) -> Condition:
    """Build the filter. With two criteria or more a StatementRef must match by one Statement of its chain."""
    by_rarity = {
        "registrations": wanted.registration,
        "related_agents" if wanted.related_agents else "agents": wanted.agent,
        "related_activities" if wanted.related_activities else "activities": wanted.activity,
        "verbs": wanted.verb,
    }
    criteria = {key: kept_value(value) for key, value in by_rarity.items() if value is not None}
    rarest: Row = dict(list(criteria.items())[:1])
    rest: Row = {key: value for key, value in criteria.items() if key not in rarest} | NOT_VOIDED
    if len(criteria) > 1:
        rest["$or"] = [{"links": {"$exists": False}}, {"links": {"$elemMatch": criteria}}]
    if wanted.authority is not None:
        rest["authority"] = wanted.authority
    return Condition(rarest, rest)
