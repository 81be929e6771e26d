"""The merged definition of each Activity, from all Statements that define it (`lrs.definitions`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cachetools import LRUCache

from lrs.definitions import (
    Brought,
    Definition,
    State,
    is_known,
    is_same,
    merge_definition,
    shown_definition,
)
from lrs.logging import log_event
from lrs.storage.activities import ActivitiesRepository, DefinitionsNotMergedError
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreId
from lrs.storage.definition_changes import DefinitionChanges
from lrs.storage.joining import Joined, Outcome
from lrs.storage.stored_time import now_us
from schemas.json_text import dump_json, parse_json

Place = tuple[StoreId, str]
"""A store and an Activity in it."""

REMEMBERED, LARGEST_REMEMBERED = 10_000, 4 * 1024
NOTED_US = 5_000_000
"""How long another Statement may be on its way before its definition is merged."""
ATTEMPTS, LONGEST_PAUSE_S = 50, 0.05
LARGEST_BYTES = 1024 * 1024

_logger = logging.getLogger("lrs.activities")


class ActivityDefinitions:
    """Merges definitions into the store, those of several threads at once; `start` it to let it rely on what it knows.

    A definition that said nothing new is not merged again while no process changes definitions of its store. Only its
    newest order key is kept, and merged as soon as one does (`lrs.storage.definition_changes`).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: LRUCache[Place, Brought] = LRUCache(REMEMBERED)
        self._lock = threading.RLock()
        self._changes = DefinitionChanges(database, self._forget)
        self._joined = Joined(self._merge_all)

    def start(self) -> None:
        """Start using cached definitions, as long as they cannot have changed."""
        self._changes.start()

    def stop(self) -> None:
        """Stop using cached definitions."""
        self._changes.stop()

    def merge(self, store: StoreId, brought: Sequence[Brought]) -> None:
        """Merge definitions in the order in which their Statements are stored.

        Nothing is raised for one that cannot be merged: the Statements that brought it are stored already, and
        the next one that brings it merges it. A line in the log says so.
        """
        fresh = self._news(store, brought)
        if fresh:
            self._joined.do((store, fresh))

    def _news(self, store: StoreId, brought: Sequence[Brought]) -> list[Brought]:
        """Return the definitions of Activities of which one may say something new; note the others."""
        with self._lock:
            if not self._changes.is_quiet(store):
                return list(brought)
            fresh = {item.activity for item in brought if not self._is_known(store, item)}
            for item in brought:
                if item.activity not in fresh and item.seq > self._known[store, item.activity].seq:
                    self._known[store, item.activity] = item
        return [item for item in brought if item.activity in fresh]

    def _is_known(self, store: StoreId, item: Brought) -> bool:
        known = self._known.get((store, item.activity))
        return known is not None and is_same(known.definition, item.definition)

    def _forget(self, store: StoreId) -> None:
        """Merge what was only noted of a store whose definitions change."""
        with self._lock:
            places = [place for place in self._known if place[0] == store]
            noted = [self._known.pop(place) for place in places]
        since = (now_us() - NOTED_US).to_bytes(8, "big")
        recent = [replace(item, is_disputed=True) for item in noted if item.seq > since]
        if recent:
            self._merge_of(store, recent)

    def _merge_all(self, wanted: Sequence[tuple[StoreId, Sequence[Brought]]]) -> list[Outcome]:
        """Merge the definitions of several threads at once, store by store."""
        for store in dict.fromkeys(store for store, _ in wanted):
            self._merge_of(store, [item for one, items in wanted if one == store for item in items])
        return [None] * len(wanted)

    def _merge_of(self, store: StoreId, brought: Sequence[Brought]) -> None:
        repository, names = ActivitiesRepository(self._database, store), {item.activity for item in brought}

        def merge(names: Collection[str], known: Mapping[str, bytes]) -> dict[str, bytes]:
            return self._merged(store, known, [item for item in brought if item.activity in names])

        def attempt() -> bool:
            return repository.merge_texts(list(names), merge)

        try:
            if not swap_until_done(attempt, ATTEMPTS, LONGEST_PAUSE_S):
                raise DefinitionsNotMergedError("too many writers at the same definitions")
        except DefinitionsNotMergedError as error:
            fields = {"store": str(store), "activities": len(names), "reason": str(error)}
            log_event(_logger, "definitions_not_merged", level=logging.WARNING, **fields)

    def _merged(
        self, store: StoreId, texts: Mapping[str, bytes], brought: Sequence[Brought]
    ) -> dict[str, bytes]:
        after = merge_texts(texts, brought)
        if after.keys() & texts.keys() and not all(item.is_disputed for item in brought):
            self._changes.announce(store)
        self._note_known(store, texts, [item for item in brought if item.activity not in after])
        return after

    def _note_known(self, store: StoreId, texts: Mapping[str, bytes], brought: Sequence[Brought]) -> None:
        known = [
            item
            for item in brought
            if 0 < len(texts.get(item.activity, b"")) <= LARGEST_REMEMBERED
            and is_known(parse_json(texts[item.activity]), item)
        ]
        with self._lock:
            if known and self._changes.is_quiet(store):
                self._known.update({(store, item.activity): item for item in known})


def merge_texts(before: Mapping[str, bytes], fresh: Iterable[Brought]) -> dict[str, bytes]:
    """Return the JSON text of the state of each Activity that definitions change.

    A definition that would make it grow beyond `LARGEST_BYTES` stays in its Statement alone.
    """
    known: dict[str, State] = {name: parse_json(text) for name, text in before.items()}
    after: dict[str, bytes] = {}
    for item in fresh:
        state = known.get(item.activity, {})
        merged = merge_definition(state, item)
        text = b"" if merged is state else dump_json(merged)
        if 0 < len(text) <= LARGEST_BYTES:
            known[item.activity], after[item.activity] = merged, text
    return after


def find_definitions(database: Database, store: StoreId, activities: Sequence[str]) -> dict[str, Definition]:
    """Return the merged definition of each Activity that has one."""
    return dict(iterate_definitions(database, store, activities))


def iterate_definitions(
    database: Database, store: StoreId, activities: Sequence[str]
) -> Iterator[tuple[str, Definition]]:
    """Stream the merged definition of each Activity that has one, in any order."""
    for name, text in iterate_definition_texts(database, store, activities):
        yield name, read_definition(text)


def iterate_definition_texts(
    database: Database, store: StoreId, activities: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Stream what is known of each Activity that has a definition, in any order, as texts for `read_definition`."""
    return ActivitiesRepository(database, store).iterate_texts(activities)


def read_definition(text: bytes) -> Definition:
    """Return the merged definition that a text holds."""
    return shown_definition(parse_json(text))


def definitions_in(statement: Mapping[str, Any], seq: bytes) -> Iterator[Brought]:
    """Yield what a Statement stored under an order key says of Activities, in order."""
    for activity in activities_in(statement):
        if activity.get("definition"):
            yield Brought(activity["id"], activity["definition"], seq)


def activities_in(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every Activity that a Statement or SubStatement speaks of, with repeats."""
    target = statement["object"]
    if target.get("objectType", "Activity") == "Activity":
        yield target
    elif target["objectType"] == "SubStatement":
        yield from activities_in(target)
    for group in statement.get("context", {}).get("contextActivities", {}).values():
        yield from group if isinstance(group, list) else [group]
