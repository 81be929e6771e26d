"""The promoted model of each store, taken over by a running server without a restart."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from lrs.storage.database import Database, StoreId
from recommender.errors import RecommenderError
from recommender.model import TrainedModel
from recommender.registry import current_version, load

_logger = logging.getLogger("recommender.current")


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A loaded model and its version."""

    version: int
    model: TrainedModel


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock
    checked: float = float("-inf")
    running: RunningModel | None = None
    refused: int | None = None


class CurrentModels:
    """Keeps one loaded model a store; asks for the promoted version at most every `refresh_s` seconds."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._refresh_s = refresh_s
        self._slots: dict[StoreId, _Slot] = {}
        self._lock = threading.Lock()

    def find(self, store: StoreId) -> RunningModel | None:
        """Return the store's model, or None; a request never waits for another one's loading of a newer."""
        with self._lock:
            slot = self._slots.setdefault(store, _Slot(threading.Lock()))
        if time.monotonic() - slot.checked < self._refresh_s:
            return slot.running
        if slot.lock.acquire(blocking=slot.running is None):
            try:
                self._refresh(store, slot)
            finally:
                slot.lock.release()
        return slot.running

    def _refresh(self, store: StoreId, slot: _Slot) -> None:
        if time.monotonic() - slot.checked < self._refresh_s:
            return
        version = current_version(self._database, store)
        running = slot.running.version if slot.running else None
        if version is not None and version not in {running, slot.refused}:
            self._load(store, slot, version)
        slot.checked = time.monotonic()

    def _load(self, store: StoreId, slot: _Slot, version: int) -> None:
        try:
            slot.running = RunningModel(version, load(self._database, store, version))
            slot.refused = None
        except RecommenderError as error:
            slot.refused = version
            _logger.error("model %d of store %s not loaded: %s", version, store, error.message)
