"""What the store knows of each Activity: the definitions that Statements brought, merged, newest first."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cachetools import LRUCache

from lrs.logging import log_event
from lrs.storage.activities import ActivitiesRepository, DefinitionsNotMergedError
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreId
from lrs.storage.joining import Joined, Outcome
from schemas.json_text import dump_json, parse_json

Definition = dict[str, Any]
Defined = tuple[str, Definition]
"""An Activity's id and a definition of it."""

MERGED_BY_KEY = ("name", "description", "extensions")
REMEMBERED = 50_000
ATTEMPTS, LONGEST_PAUSE_S = 10, 0.05
LARGEST_BYTES = 1024 * 1024

_logger = logging.getLogger("lrs.activities")


class ActivityDefinitions:
    """Merges definitions into the store; remembers what it saw, so that a known one costs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: LRUCache[tuple[StoreId, str], int] = LRUCache(REMEMBERED)
        self._lock = threading.Lock()
        self._joined = Joined(self._merge_all)

    def merge(self, store: StoreId, definitions: Sequence[Defined]) -> None:
        """Merge definitions, in the order given.

        Nothing is raised for one that cannot be merged: the Statements that brought it are stored already, and
        the next one that brings it merges it. A line in the log says so.
        """
        fresh = self._news(store, definitions)
        if fresh:
            self._joined.do((store, fresh))

    def _merge_all(self, wanted: Sequence[tuple[StoreId, list[Defined]]]) -> list[Outcome]:
        """Merge what several threads want at the same instant, store by store."""
        for store in dict.fromkeys(store for store, _ in wanted):
            self._merge_fresh(store, [item for one, items in wanted if one == store for item in items])
        return [None] * len(wanted)

    def _merge_fresh(self, store: StoreId, fresh: Sequence[Defined]) -> None:
        repository, names = ActivitiesRepository(self._database, store), list(dict(fresh))

        def attempt() -> bool:
            return repository.merge_texts(names, lambda known: merge_texts(known, fresh))

        try:
            merged = swap_until_done(attempt, ATTEMPTS, LONGEST_PAUSE_S)
        except DefinitionsNotMergedError as error:
            _log_not_merged(store, len(names), str(error))
            return
        if merged:
            self._remember(store, fresh)
        else:
            _log_not_merged(store, len(names), "too many writers at the same definitions")

    def _news(self, store: StoreId, definitions: Sequence[Defined]) -> list[Defined]:
        with self._lock:
            return [
                (name, item) for name, item in definitions if self._seen.get((store, name)) != _mark(item)
            ]

    def _remember(self, store: StoreId, definitions: Sequence[Defined]) -> None:
        with self._lock:
            self._seen.update({(store, name): _mark(item) for name, item in definitions})


def _mark(definition: Definition) -> int:
    return hash(dump_json(definition))


def _log_not_merged(store: StoreId, count: int, reason: str) -> None:
    fields = {"store": str(store), "activities": count, "reason": reason}
    log_event(_logger, "definitions_not_merged", level=logging.WARNING, **fields)


def merge_texts(known_texts: Mapping[str, bytes], fresh: Iterable[Defined]) -> dict[str, bytes]:
    """Return the JSON text of each Activity's definition with the news laid over it.

    News that would let it grow beyond `LARGEST_BYTES` stay in their Statement alone.
    """
    known = {name: parse_json(text) for name, text in known_texts.items()}
    after: dict[str, bytes] = {}
    for name, definition in fresh:
        merged = merge_definition(known.get(name, {}), definition)
        text = dump_json(merged)
        if len(text) <= LARGEST_BYTES:
            known[name], after[name] = merged, text
    return after


def merge_definition(known: Definition, news: Definition) -> Definition:
    """Return the known definition with the news laid over it: language maps and extensions key by key."""
    merged = {**known, **news}
    for name in MERGED_BY_KEY:
        if name in known and name in news:
            merged[name] = {**known[name], **news[name]}
    return merged


def find_definitions(database: Database, store: StoreId, activities: Sequence[str]) -> dict[str, Definition]:
    """Return the merged definition of each Activity that has one."""
    texts = ActivitiesRepository(database, store).find_texts(activities)
    return {name: parse_json(text) for name, text in texts.items()}


def definitions_in(statements: Iterable[Mapping[str, Any]]) -> list[Defined]:
    """Return what Statements say of Activities, in order."""
    return [
        (activity["id"], activity["definition"])
        for statement in statements
        for activity in activities_in(statement)
        if activity.get("definition")
    ]


def activities_in(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every Activity that a Statement or SubStatement speaks of, with repeats."""
    target = statement["object"]
    if target.get("objectType", "Activity") == "Activity":
        yield target
    elif target["objectType"] == "SubStatement":
        yield from activities_in(target)
    for group in statement.get("context", {}).get("contextActivities", {}).values():
        yield from group if isinstance(group, list) else [group]
