"""Searches: what counted learners searched for, kept for 90 days so that producers see what is wanted and missing."""

from __future__ import annotations

import atexit
import logging
import time
from collections import defaultdict
from collections.abc import Sequence

from lrs.batched_writes import BatchedWrites
from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.storage.searches import SearchMade, SearchNotKeptError, insert_searches
from recommender.vocabulary.extensions import search_term

_logger = logging.getLogger("recommender.searches")


class Searches:
    """Keeps searches; no answer waits for a durable write (see `lrs.batched_writes`)."""

    def __init__(self, database: Database, pause_s: float = 0.0) -> None:
        self._database = database
        self._writes = BatchedWrites("searches", self._insert_all, pause_s)
        if pause_s:
            atexit.register(self._writes.flush)

    def note(self, store: StoreId, persona: PersonaId, text: str, *, found: bool) -> None:
        """Keep that a learner searched for a text and found something or nothing; a failure is only logged."""
        if term := search_term(text):
            self._writes.add((store, SearchMade(persona, term, time.time_ns() // 1000, found)))

    def _insert_all(self, noted: Sequence[tuple[StoreId, SearchMade]]) -> None:
        by_store: dict[StoreId, list[SearchMade]] = defaultdict(list)
        for store, made in noted:
            by_store[store].append(made)
        for store, searches in by_store.items():
            try:
                insert_searches(self._database, store, searches)
            except SearchNotKeptError as error:
                _logger.warning("up to %d searches of store %s not kept: %s", len(searches), store, error)
