"""What the store knows of each Activity: the definitions that Statements brought, merged, newest first."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lrs.errors import ServiceUnavailableError
from lrs.storage.activities import ActivitiesRepository
from lrs.storage.database import Database, StoreId
from lrs.storage.joining import Joined, Outcome
from schemas.json_text import dump_json, parse_json

Definition = dict[str, Any]
Defined = tuple[str, Definition]
"""An Activity's id and a definition of it."""

MERGED_BY_KEY = ("name", "description", "extensions")
REMEMBERED = 50_000
ATTEMPTS = 10
LARGEST_BYTES = 1024 * 1024


class ActivityDefinitions:
    """Merges definitions into the store; remembers what it saw, so that a known one costs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[tuple[StoreId, str], int] = {}
        self._lock = threading.Lock()
        self._joined = Joined(self._merge_all)

    def merge(self, store: StoreId, definitions: Sequence[Defined]) -> None:
        """Merge definitions, in the order given; raise ServiceUnavailableError if others never let us."""
        fresh = [(name, item) for name, item in definitions if self._is_news(store, name, item)]
        if fresh:
            self._joined.do((store, fresh))

    def _merge_all(self, wanted: Sequence[tuple[StoreId, list[Defined]]]) -> list[Outcome]:
        """Merge what several threads want at the same instant, store by store."""
        outcomes: dict[StoreId, Outcome] = {}
        for store in dict.fromkeys(store for store, _ in wanted):
            fresh = [item for one, items in wanted if one == store for item in items]
            try:
                self._merge_fresh(store, fresh)
                outcomes[store] = None
            except ServiceUnavailableError as error:
                outcomes[store] = error
        return [outcomes[store] for store, _ in wanted]

    def _merge_fresh(self, store: StoreId, fresh: Sequence[Defined]) -> None:
        repository = ActivitiesRepository(self._database, store)
        for _ in range(ATTEMPTS):
            if _merge_once(repository, fresh):
                self._remember(store, fresh)
                return
        raise ServiceUnavailableError(
            "Too many writers at the same Activity definition; send it again shortly."
        )

    def _is_news(self, store: StoreId, activity: str, definition: Definition) -> bool:
        return self._seen.get((store, activity)) != _mark(definition)

    def _remember(self, store: StoreId, definitions: Sequence[Defined]) -> None:
        with self._lock:
            if len(self._seen) > REMEMBERED:
                self._seen.clear()
            self._seen.update({(store, name): _mark(item) for name, item in definitions})


def _mark(definition: Definition) -> int:
    return hash(dump_json(definition))


def _merge_once(repository: ActivitiesRepository, fresh: Sequence[Defined]) -> bool:
    before = repository.find_texts(list(dict(fresh)))
    known = {name: parse_json(text) for name, text in before.items()}
    after: dict[str, bytes] = {}
    for name, definition in fresh:
        merged = merge_definition(known.get(name, {}), definition)
        text = dump_json(merged)
        if (
            len(text) <= LARGEST_BYTES
        ):  # what would let it grow beyond all bounds stays in its Statement alone
            known[name], after[name] = merged, text
    return repository.replace_texts(
        before, {name: text for name, text in after.items() if text != before.get(name)}
    )


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
