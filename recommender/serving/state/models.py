"""The promoted model of each store, and those of an experiment, taken over by a running server without a restart."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.errors import RecommenderError
from recommender.models.registry import current_version, load
from recommender.models.trained_model import TrainedModel
from recommender.online.experiments import arm_of
from recommender.storage.experiments import Experiment, find_running_experiment

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
    experiment: Experiment | None = None
    loaded: dict[int, RunningModel] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def choose(self, persona: PersonaId | None) -> RunningModel | None:
        """Return the learner's model of the experiment, if one runs and has loaded, else the promoted one."""
        experiment = self.experiment
        if experiment is None or persona is None:
            return self.running
        return self.loaded.get(arm_of(experiment, persona), self.running)


class CurrentModels:
    """Keeps the loaded models of a store; asks for the promoted version at most every `refresh_s` seconds."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._refresh_s = refresh_s
        self._slots: dict[StoreId, _Slot] = {}
        self._lock = threading.Lock()

    def find(self, store: StoreId, persona: PersonaId | None = None) -> RunningModel | None:
        """Return the model that answers a learner, or None; a request never waits for another one's loading."""
        with self._lock:
            slot = self._slots.setdefault(store, _Slot(threading.Lock()))
        if time.monotonic() - slot.checked < self._refresh_s:
            return slot.choose(persona)
        if slot.lock.acquire(blocking=slot.running is None):
            try:
                self._refresh(store, slot)
            finally:
                slot.lock.release()
        return slot.choose(persona)

    def _refresh(self, store: StoreId, slot: _Slot) -> None:
        if time.monotonic() - slot.checked < self._refresh_s:
            return
        version = current_version(self._database, store)
        experiment = find_running_experiment(self._database, store)
        wanted = {one for one in (version, *(experiment.versions if experiment else ())) if one is not None}
        for one in sorted(wanted - slot.loaded.keys() - slot.refused):
            self._load(store, slot, one)
        slot.running = slot.loaded.get(version, slot.running) if version is not None else slot.running
        kept = wanted | ({slot.running.version} if slot.running else set())
        slot.loaded = {one: model for one, model in slot.loaded.items() if one in kept}
        slot.refused &= wanted
        slot.experiment = experiment
        slot.checked = time.monotonic()

    def _load(self, store: StoreId, slot: _Slot, version: int) -> None:
        try:
            slot.loaded[version] = RunningModel(version, load(self._database, store, version))
        except RecommenderError as error:
            slot.refused.add(version)
            _logger.error("model %d of store %s not loaded: %s", version, store, error.message)
