"""Impressions: what each answer showed to whom, kept so that outcomes can be measured."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.storage.impressions import (
    Impression,
    ImpressionKind,
    ImpressionNotKeptError,
    insert_impressions,
)

MOST_WAITING = 10_000
_logger = logging.getLogger("recommender.impressions")


class Impressions:
    """Writes impressions, which are kept for some days, from a background thread within `pause_s`.

    So no answer waits for a durable write. With a pause of 0 they are written at once. A process that ends writes
    what is waiting; one that is killed loses it.
    """

    def __init__(self, database: Database, kept_days: int, pause_s: float = 0.0) -> None:
        self._database = database
        self._kept_days = kept_days
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: dict[StoreId, list[Impression]] = defaultdict(list)
        self._unwritten = 0
        self._writer: threading.Thread | None = None
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
        impression = Impression(
            persona, time.time_ns() // 1000, kind, model, tuple(shown), tuple(probabilities)
        )
        with self._lock:
            if self._unwritten >= MOST_WAITING:
                _logger.warning("impression of store %s dropped: too many are waiting to be written", store)
                return
            self._waiting[store].append(impression)
            self._unwritten += 1
            if self._pause_s:
                self._ensure_writer()
        if not self._pause_s:
            self.write()

    def write(self) -> None:
        """Write what is waiting, after another thread that is writing has finished."""
        with self._writing:
            with self._lock:
                waiting, self._waiting = self._waiting, defaultdict(list)
            try:
                for store, impressions in waiting.items():
                    self._insert(store, impressions)
            finally:
                with self._lock:
                    self._unwritten -= sum(map(len, waiting.values()))

    def _insert(self, store: StoreId, impressions: Sequence[Impression]) -> None:
        try:
            insert_impressions(self._database, store, impressions, self._kept_days)
        except ImpressionNotKeptError as error:
            lost = len(impressions)
            _logger.warning("up to %d impressions of store %s not written: %s", lost, store, error)

    def _ensure_writer(self) -> None:
        """Start the writing thread unless it runs; if it cannot be started, the next impression tries again."""
        if self._writer is not None:
            return
        writer = threading.Thread(target=self._write_all, name="impressions", daemon=True)
        try:
            writer.start()
        except RuntimeError as error:
            _logger.warning("impressions wait: no thread to write them: %s", error)
        else:
            self._writer = writer

    def _write_all(self) -> None:
        """Write after each pause; end when nothing is waiting."""
        while True:
            time.sleep(self._pause_s)
            try:
                self.write()
            except (
                Exception
            ) as error:  # any error must appear in the log, and later impressions are still written
                _logger.error("impressions not written: %s", error, exc_info=error)
            with self._lock:
                if not self._waiting:
                    self._writer = None
                    return
