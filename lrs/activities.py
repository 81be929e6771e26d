"""What the store knows of each Activity: the definitions that Statements brought, merged (`lrs.definitions`)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lrs.definitions import Brought, Definition, State, merge_definition, shown_definition
from lrs.errors import ServiceUnavailableError
from lrs.storage.activities import ActivitiesRepository
from lrs.storage.database import Database, StoreId
from lrs.storage.joining import Joined, Outcome
from schemas.json_text import dump_json, parse_json

ATTEMPTS, LONGEST_PAUSE_S = 100, 0.05
LARGEST_BYTES = 1024 * 1024


class ActivityDefinitions:
    """Merges definitions into the store, those of several threads at once.

    What is known is read each time: another process may have changed it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._joined = Joined(self._merge_all)

    def merge(self, store: StoreId, brought: Sequence[Brought]) -> None:
        """Merge definitions; raise ServiceUnavailableError if others never let us."""
        if brought:
            self._joined.do((store, brought))

    def _merge_all(self, wanted: Sequence[tuple[StoreId, Sequence[Brought]]]) -> list[Outcome]:
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

    def _merge_fresh(self, store: StoreId, fresh: Sequence[Brought]) -> None:
        repository = ActivitiesRepository(self._database, store)
        for attempt in range(ATTEMPTS):
            if _merge_once(repository, fresh):
                return
            time.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.001 * (attempt + 1))))
        raise ServiceUnavailableError(
            "Too many writers at the same Activity definition; send it again shortly."
        )


def _merge_once(repository: ActivitiesRepository, fresh: Sequence[Brought]) -> bool:
    before = repository.find_texts(list(dict.fromkeys(item.activity for item in fresh)))
    after = merge_texts(before, fresh)
    return repository.replace_texts(before, after) if after else True


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
