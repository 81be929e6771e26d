"""Extracts from a Statement's payload the facets by which it is found (xAPI 1.0.3 Communication 2.1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lrs.activities import activities_in
from lrs.storage.statement_facets import Facets
from schemas.identifiers import identifier_of
from schemas.vocabulary import VOIDED

Payload = Mapping[str, Any]


def extract_facets(statement: Payload, authority: Payload) -> Facets:
    """Return the facets; identifiers are canonical strings, each once, in the order first met."""
    direct = _identifiers([statement["actor"], *_agent_object(statement)])
    everyone = _identifiers([*_actors_anywhere(statement), authority])
    target = statement["object"]
    registration = statement.get("context", {}).get("registration")
    return Facets(
        verb=statement["verb"]["id"],
        agents=direct,
        related_agents=everyone,
        activities=(target["id"],) if target.get("objectType", "Activity") == "Activity" else (),
        related_activities=tuple(dict.fromkeys(activity["id"] for activity in activities_in(statement))),
        registration=registration.lower() if registration else None,
    )


def reference_of(statement: Payload) -> str | None:
    """Return the id (lower case) of the Statement that the object points at, or None."""
    target = statement["object"]
    return target["id"].lower() if target.get("objectType") == "StatementRef" else None


def is_voiding(statement: Payload) -> bool:
    """Return whether a Statement is a voiding Statement."""
    return bool(statement["verb"]["id"] == VOIDED)


def _agent_object(statement: Payload) -> list[Payload]:
    target = statement["object"]
    return [target] if target.get("objectType") in ("Agent", "Group") else []


def _actors_anywhere(statement: Payload) -> Iterator[Payload]:
    yield statement["actor"]
    yield from _agent_object(statement)
    if statement["object"].get("objectType") == "SubStatement":
        yield from _actors_anywhere(statement["object"])
    context = statement.get("context", {})
    yield from (context[name] for name in ("instructor", "team") if name in context)
    yield from (item["agent"] for item in context.get("contextAgents", []))
    yield from (item["group"] for item in context.get("contextGroups", []))


def _identifiers(actors: list[Payload]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for actor in actors:
        for one in (actor, *actor.get("member", [])):
            identifier = identifier_of(one)
            if identifier:
                found[identifier] = None
    return tuple(found)
