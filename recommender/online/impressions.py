"""Impressions: what each answer showed to whom, kept so that outcomes can be measured."""

from __future__ import annotations

import atexit
import logging
import time
from collections import defaultdict
from collections.abc import Sequence

from lrs.batched_writes import BatchedWrites
from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.storage.impressions import (
    Impression,
    ImpressionKind,
    ImpressionNotKeptError,
    insert_impressions,
)

_logger = logging.getLogger("recommender.impressions")


class Impressions:
    """Keeps impressions for some days; no answer waits for a durable write (see `lrs.batched_writes`)."""

    def __init__(self, database: Database, kept_days: int, pause_s: float = 0.0) -> None:
        self._database = database
        self._kept_days = kept_days
        self._writes = BatchedWrites("impressions", self._insert_all, pause_s)
        self.write = self._writes.flush
        if pause_s:
            atexit.register(self.write)

    def note(
        self,
        store: StoreId,
        persona: PersonaId | None,
        model: int | None,
        shown: Sequence[str],
        kind: ImpressionKind,
        probabilities: Sequence[float] = (),
    ) -> None:
        """Keep what an answer showed, unless the learner was never seen; a failure is only logged.

        `probabilities` say how likely each was to be shown; without them all were certain.
        """
        if persona is None or not shown:
            return
        at = time.time_ns() // 1000
        self._writes.add((store, Impression(persona, at, kind, model, tuple(shown), tuple(probabilities))))

    def _insert_all(self, noted: Sequence[tuple[StoreId, Impression]]) -> None:
        by_store: dict[StoreId, list[Impression]] = defaultdict(list)
        for store, impression in noted:
            by_store[store].append(impression)
        for store, impressions in by_store.items():
            try:
                insert_impressions(self._database, store, impressions, self._kept_days)
            except ImpressionNotKeptError as error:
                lost = len(impressions)
                _logger.warning("up to %d impressions of store %s not written: %s", lost, store, error)
