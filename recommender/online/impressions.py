"""Notes what was shown to whom, so that it can be seen what came of it."""

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
    """Keeps impressions for some days: within `pause_s` beside the answers, or at once where that is 0.

    So no answer waits for a durable write. A process that ends writes what it still has; one that is killed loses it.
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
    ) -> None:
        """Keep what an answer showed; nothing of somebody never seen, and no failure reaches the answer."""
        if persona is None or not shown:
            return
        impression = Impression(persona, time.time_ns() // 1000, kind, model, tuple(shown))
        with self._lock:
            if self._unwritten >= MOST_WAITING:
                _logger.warning("what an answer of store %s showed was not kept: too many are waiting", store)
                return
            self._waiting[store].append(impression)
            self._unwritten += 1
            if self._pause_s:
                self._ensure_writer()
        if not self._pause_s:
            self.write()

    def write(self) -> None:
        """Write what is waiting; what another thread is writing just now is waited for."""
        with self._writing:
            with self._lock:
                waiting, self._waiting = self._waiting, defaultdict(list)
            for store, impressions in waiting.items():
                try:
                    insert_impressions(self._database, store, impressions, self._kept_days)
                except ImpressionNotKeptError as error:
                    _logger.warning(
                        "not all that %d answers of store %s showed was kept: %s",
                        len(impressions),
                        store,
                        error,
                    )
            with self._lock:
                self._unwritten -= sum(map(len, waiting.values()))

    def _ensure_writer(self) -> None:
        """Start the one thread that writes, unless it runs; where none can be started, the next note tries again."""
        if self._writer is not None:
            return
        writer = threading.Thread(target=self._write_all, name="impressions", daemon=True)
        try:
            writer.start()
        except RuntimeError as error:
            _logger.warning("no thread writes what answers showed: %s", error)
        else:
            self._writer = writer

    def _write_all(self) -> None:
        """Write after each pause, until nothing is waiting."""
        while True:
            time.sleep(self._pause_s)
            self.write()
            with self._lock:
                if not self._waiting:
                    self._writer = None
                    return
