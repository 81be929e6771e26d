"""Lets a process forget, within a second, what it holds of a store from which somebody was erased."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from lrs.storage.database import Database, StoreId
from lrs.storage.erased import find_editions
from recommender.serving.state.cache import forget_store

LOOK_EVERY_S = 0.5
_logger = logging.getLogger("recommender.forgetting")


class ErasureWatch:
    """Looks in the background whether somebody was erased; with a pause of 0 it only looks when it is asked to."""

    def __init__(self, database: Database, pause_s: float, forget: Callable[[StoreId], None]) -> None:
        self._database = database
        self._pause_s = pause_s
        self._forget = forget
        self._seen: dict[StoreId, int] | None = None
        if pause_s:
            threading.Thread(target=self._watch, name="erasure-watch", daemon=True).start()

    def look(self) -> None:
        """Forget the stores of which something was erased since the last look."""
        editions = find_editions(self._database)
        if self._seen is not None:
            for store, edition in editions.items():
                if self._seen.get(store) != edition:
                    forget_store(store)
                    self._forget(store)
        self._seen = editions

    def _watch(self) -> None:
        while not self._database.closing.wait(self._pause_s):
            try:
                self.look()
            except Exception as error:  # any error must be logged, and the next look is soon
                if not self._database.closing.is_set():
                    _logger.error("erasures not seen", exc_info=error)
