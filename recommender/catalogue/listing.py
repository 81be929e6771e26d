"""The catalogue for people: as it was entered, as it is shown, in pages."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lrs.personas import PersonaId, describe_personas
from lrs.storage.chunks import AT_ONCE, first_chunk, in_chunks
from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.durations import format_duration
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.search import NuggetSearch, Searchable
from recommender.storage.entries import Entry, Kind, find_entries, iterate_entries
from schemas.catalogue import NuggetQuery
from schemas.identifiers import agent_of
from schemas.json_text import dump_json
from schemas.payloads import Values
from schemas.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class Listed:
    """A nugget as it is shown, and what was entered of it (None: nothing)."""

    nugget: Nugget
    entry: Entry | None


def find_listed(database: Database, store: StoreId, activity: str) -> Listed | None:
    """Return one nugget, or None where nothing is known of it."""
    entry = find_entries(database, store, "nuggets", [activity]).get(activity)
    nugget = find_nuggets(database, store, [activity])[activity]
    known = entry is not None or nugget != Nugget(activity)
    return Listed(nugget, entry) if known else None


def list_nuggets(
    search: NuggetSearch, database: Database, store: StoreId, query: NuggetQuery, near: Container[str] = ()
) -> tuple[list[Listed], bool]:
    """Return a page of the nuggets that match, in the order of their ids, and whether there are more.

    Nuggets that are `near` to the text of the query in meaning match without holding it.
    """
    found = iterate_nuggets(search, database, store, query, near, query.limit + 1)
    return first_chunk(found, query.limit, _bytes_of)


def iterate_nuggets(
    search: NuggetSearch,
    database: Database,
    store: StoreId,
    query: NuggetQuery,
    near: Container[str] = (),
    at_once: int = AT_ONCE,
) -> Iterator[Listed]:
    """Yield every nugget that matches, in the order of their ids, as it is now."""
    for chunk in in_chunks(search.find_ids(store, query, near), at_once):
        entries = find_entries(database, store, "nuggets", chunk)
        nuggets = find_nuggets(database, store, chunk)
        for name in chunk:
            if Searchable.of(nuggets[name]).matches(query, near):
                yield Listed(nuggets[name], entries.get(name))


def _bytes_of(listed: Listed) -> int:
    entered = _entry_bytes(listed.entry) if listed.entry else 0
    return len(dump_json(shown_values(listed.nugget))) + entered


def _entry_bytes(entry: Entry) -> int:
    return len(dump_json(entry.values))


def shown_values(nugget: Nugget) -> Values:
    """Return what is shown of a nugget, in the words in which it is entered; what is not known is left out."""
    values: Values = {
        "title": dict(nugget.titles),
        "description": dict(nugget.descriptions),
        "format": nugget.format,
        "modality": nugget.modality,
        "duration": None if nugget.duration_s is None else format_duration(nugget.duration_s),
        "level": nugget.level,
        "language": nugget.language,
        "skills": list(nugget.skills),
        "prerequisites": list(nugget.prerequisites),
        "url": nugget.url,
        "owner": nugget.owner,
        "starts": None if nugget.starts is None else format_timestamp(nugget.starts),
        "valid_until": None if nugget.valid_until is None else format_timestamp(nugget.valid_until),
        "hidden": nugget.hidden,
        "private": nugget.private,
        "type": nugget.type,
        "within": nugget.within,
        "position": nugget.position,
        "mastery": nugget.mastery,
        "attempts": nugget.attempts,
    }
    return {name: value for name, value in values.items() if value}


def iterate_shown_nuggets(
    search: NuggetSearch, database: Database, store: StoreId, query: NuggetQuery, near: Container[str] = ()
) -> Iterator[Values]:
    """Stream the nuggets that match as they are shown, with their ids."""
    for listed in iterate_nuggets(search, database, store, query, near):
        yield {"activity": listed.nugget.id, **shown_values(listed.nugget)}


def iterate_entered_nuggets(database: Database, store: StoreId) -> Iterator[Values]:
    """Stream all nuggets as they were entered, with their ids."""
    for entry in iterate_entries(database, store, "nuggets"):
        yield {"activity": entry.key, **entry.values}


def iterate_entered(database: Database, store: StoreId, kind: Kind) -> Iterator[Values]:
    """Stream all roles, or all labels, as they were entered."""
    return (dict(entry.values) for entry in iterate_entries(database, store, kind))


def iterate_entered_learners(database: Database, store: StoreId) -> Iterator[Values]:
    """Stream what was entered of all learners, each with an Agent (JSON text, or its mail address)."""
    entries = iterate_entries(database, store, "learners")
    for some in in_chunks(entries, weigh=_entry_bytes):
        yield from _with_agents(database, store, some)


def list_entered_learners(
    database: Database, store: StoreId, after: str, limit: int
) -> tuple[list[Values], str]:
    """Return a page of what was entered of learners, and where the next page starts; empty after the last one."""
    found = iterate_entries(database, store, "learners", after, limit + 1)
    entries, has_more = first_chunk(found, limit, _entry_bytes)
    return _with_agents(database, store, entries), entries[-1].key if has_more else ""


def _with_agents(database: Database, store: StoreId, entries: Sequence[Entry]) -> list[Values]:
    personas = describe_personas(database, store, [PersonaId(entry.key) for entry in entries])
    agents = {str(persona): agent_of(found.identifiers[0]) for persona, found in personas.items()}
    return [
        {"agent": _agent_text(agents[entry.key]), **entry.values} for entry in entries if entry.key in agents
    ]


def _agent_text(agent: dict[str, Any]) -> str:
    return str(agent["mbox"]) if "mbox" in agent else dump_json(agent).decode()
