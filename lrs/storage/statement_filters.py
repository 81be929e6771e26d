"""The filters of the xAPI as conditions on the documents."""

from __future__ import annotations

from dataclasses import dataclass

from bson import Binary

from lrs.storage.statement_documents import SeqRange
from lrs.storage.statement_facets import kept_value
from lrs.storage.tenancy import Row

NOT_VOIDED: Row = {"voided": False}


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Equality on what a Statement can be found by; None means any. Usually voided Statements are left out."""

    verb: str | None = None
    agent: str | None = None
    related_agents: bool = False
    activity: str | None = None
    related_activities: bool = False
    registration: str | None = None
    credential: str | None = None
    with_voided: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter in two parts: what an index serves alone, and what is looked at in the documents it finds."""

    indexed: Row
    rest: Row


def build_condition(wanted: StatementFilter) -> Condition:
    """Build the filter. With two criteria or more a StatementRef must match by one Statement of its chain.

    Of a chain nothing counts that was stored with another credential than the one wanted: what matches would tell
    what such a Statement says.
    """
    by_rarity = {
        "registrations": wanted.registration,
        "related_agents" if wanted.related_agents else "agents": wanted.agent,
        "related_activities" if wanted.related_activities else "activities": wanted.activity,
        "verbs": wanted.verb,
    }
    criteria = {key: kept_value(value) for key, value in by_rarity.items() if value is not None}
    rarest: Row = dict(list(criteria.items())[:1])
    rest: Row = {key: value for key, value in criteria.items() if key not in rarest}
    if not wanted.with_voided:
        rest |= NOT_VOIDED
    if wanted.credential is not None:
        rest["credential"] = criteria["credential"] = wanted.credential
    if len(criteria) > 1:
        rest["$or"] = [{"links": {"$exists": False}}, {"links": {"$elemMatch": criteria}}]
    return Condition(rarest, rest)


def between(span: SeqRange) -> Row:
    """Return the condition on the order keys of a span; MongoDB compares them since all are of one length."""
    return {"seq": {"$gt": Binary(span.low), "$lte": Binary(span.high)}}
