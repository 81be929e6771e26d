"""What the store knows of each Activity: the definitions that Statements brought, merged (`lrs.definitions`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cachetools import LRUCache

from lrs.definitions import Brought, Definition, State, is_known, merge_definition, shown_definition
from lrs.logging import log_event
from lrs.storage.activities import ActivitiesRepository, DefinitionsNotMergedError, digest_of
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreId
from lrs.storage.joining import Joined, Outcome
from schemas.json_text import dump_json, parse_json

REMEMBERED = 50_000
ATTEMPTS, LONGEST_PAUSE_S = 50, 0.05
LARGEST_BYTES = 1024 * 1024

_logger = logging.getLogger("lrs.activities")


class ActivityDefinitions:
    """Merges definitions into the store, those of several threads at once.

    Another process may have changed what is known, so its digest is read each time; a definition that said nothing
    new of the same state is not merged again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: LRUCache[tuple[StoreId, str], tuple[bytes, int]] = LRUCache(REMEMBERED)
        self._lock = threading.Lock()
        self._joined = Joined(self._merge_all)

    def merge(self, store: StoreId, brought: Sequence[Brought]) -> None:
        """Merge definitions in the order in which their Statements are stored.

        Nothing is raised for one that cannot be merged: the Statements that brought it are stored already, and
        the next one that brings it merges it. A line in the log says so.
        """
        if brought:
            self._joined.do((store, brought))

    def _merge_all(self, wanted: Sequence[tuple[StoreId, Sequence[Brought]]]) -> list[Outcome]:
        """Merge what several threads want at the same instant, store by store."""
        for store in dict.fromkeys(store for store, _ in wanted):
            self._merge_of(store, [item for one, items in wanted if one == store for item in items])
        return [None] * len(wanted)

    def _merge_of(self, store: StoreId, brought: Sequence[Brought]) -> None:
        repository = ActivitiesRepository(self._database, store)
        try:
            fresh = self._news(store, brought, repository)
            names = list(dict.fromkeys(item.activity for item in fresh))
            if names and not swap_until_done(
                lambda: repository.merge_texts(names, lambda known: self._merged(store, known, fresh)),
                ATTEMPTS,
                LONGEST_PAUSE_S,
            ):
                raise DefinitionsNotMergedError("too many writers at the same definitions")
        except DefinitionsNotMergedError as error:
            fields = {"store": str(store), "activities": len({item.activity for item in brought})}
            log_event(_logger, "definitions_not_merged", level=logging.WARNING, **fields, reason=str(error))

    def _news(
        self, store: StoreId, brought: Sequence[Brought], repository: ActivitiesRepository
    ) -> list[Brought]:
        """Return the definitions of Activities of which one may say something new."""
        with self._lock:
            known = {item.activity: self._known.get((store, item.activity)) for item in brought}
        digests = repository.find_digests([name for name, found in known.items() if found])
        fresh = {
            item.activity
            for item in brought
            if known[item.activity] != (digests.get(item.activity), _mark(item.definition))
        }
        return [item for item in brought if item.activity in fresh]

    def _merged(
        self, store: StoreId, texts: Mapping[str, bytes], fresh: Sequence[Brought]
    ) -> dict[str, bytes]:
        after = merge_texts(texts, fresh)
        for item in fresh:
            text = texts.get(item.activity)
            if text and item.activity not in after and is_known(parse_json(text), item.definition, item.seq):
                with self._lock:
                    self._known[store, item.activity] = (bytes(digest_of(text)), _mark(item.definition))
        return after


def _mark(definition: Mapping[str, Any]) -> int:
    return hash(dump_json(definition))


def merge_texts(before: Mapping[str, bytes], fresh: Iterable[Brought]) -> dict[str, bytes]:
    """Return the JSON text of the state of each Activity that definitions change.

    News that would let it grow beyond `LARGEST_BYTES` stay in their Statement alone.
    """
    known: dict[str, State] = {name: parse_json(text) for name, text in before.items()}
    after: dict[str, bytes] = {}
    for item in fresh:
        state = known.get(item.activity, {})
        merged = merge_definition(state, item.definition, item.seq)
        text = b"" if merged is state else dump_json(merged)
        if 0 < len(text) <= LARGEST_BYTES:
            known[item.activity], after[item.activity] = merged, text
    return after


def find_definitions(database: Database, store: StoreId, activities: Sequence[str]) -> dict[str, Definition]:
    """Return the merged definition of each Activity that has one."""
    texts = ActivitiesRepository(database, store).find_texts(activities)
    return {name: shown_definition(parse_json(text)) for name, text in texts.items()}


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
