"""The loaded models of each store: the promoted one, and those of an experiment; a server needs no restart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.errors import RecommenderError
from recommender.models.registry import current_version, find_unreadable, load
from recommender.models.trained_model import TrainedModel
from recommender.online.experiments import arm_of
from recommender.serving.state.cache import Refreshed
from recommender.storage.experiments import Experiment, find_running_experiment

MOST_STORES = 1000
WARNINGS_REST = 5
"""All stores are looked at for a warning so many times less often than one is for a newer model."""
_logger = logging.getLogger("recommender.current")


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A loaded model and its version."""

    version: int
    model: TrainedModel


@dataclass(frozen=True, slots=True)
class StoreModels:
    """The models of a store by version: `running` is the promoted one, `refused` are versions that do not load."""

    running: RunningModel | None = None
    experiment: Experiment | None = None
    loaded: Mapping[int, RunningModel] = field(default_factory=dict)
    refused: frozenset[int] = frozenset()

    def choose(self, persona: PersonaId | None) -> RunningModel | None:
        """Return the learner's model of the experiment, if one runs and has loaded, else the promoted one."""
        if self.experiment is None or persona is None:
            return self.running
        return self.loaded.get(arm_of(self.experiment, persona), self.running)


class CurrentModels:
    """Keeps the loaded models; looks for a newer promotion at most every `refresh_s` seconds.

    While a newer model is loaded, requests keep using the one before. Only a store that had no model yet waits.
    """

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._cache: Refreshed[StoreId, StoreModels] = Refreshed(
            self._read, refresh_s, MOST_STORES, serves_old=lambda models, age_s: models.running is not None
        )

    def find(self, store: StoreId, persona: PersonaId | None = None) -> RunningModel | None:
        """Return the model that answers a learner; None while popularity answers."""
        return self._cache.get(store).choose(persona)

    def loaded(self, store: StoreId) -> Mapping[int, RunningModel]:
        """Return every model that may answer somebody, by version."""
        return self._cache.get(store).loaded

    def _read(self, store: StoreId, previous: StoreModels | None) -> StoreModels:
        previous = previous or StoreModels()
        version = current_version(self._database, store)
        experiment = find_running_experiment(self._database, store)
        wanted = {one for one in (version, *(experiment.versions if experiment else ())) if one is not None}
        found = {one: model for one in sorted(wanted) if (model := self._load(store, one, previous))}
        running = previous.running if version is None else found.get(version, previous.running)
        if running is not None:
            found[running.version] = running
        return StoreModels(running, experiment, found, frozenset(wanted - found.keys()))

    def _load(self, store: StoreId, version: int, previous: StoreModels) -> RunningModel | None:
        """Return a model, loaded now unless it was before; None for one that does not load, tried once."""
        if version in previous.loaded or version in previous.refused:
            return previous.loaded.get(version)
        try:
            return RunningModel(version, load(self._database, store, version))
        except RecommenderError as error:
            _logger.error("model %d of store %s not loaded: %s", version, store, error.message)
            return None


class ModelWarnings:
    """Says in how many stores popularity answers because this release cannot read the promoted model."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._cache: Refreshed[str, int] = Refreshed(self._count, WARNINGS_REST * refresh_s, 1)

    def find(self) -> tuple[str, ...]:
        """Return the warning, if there is one; anybody may read it, so it names no store."""
        stores = self._cache.get("stores")
        if not stores:
            return ()
        return (
            f"popularity answers in {stores} store{'s' if stores > 1 else ''} whose promoted model has a format that "
            "this release does not read; `learnerprise models list STORE` says which, and `learnerprise retrain "
            "--all-stores` heals it",
        )

    def _count(self, _key: str, _previous: int | None) -> int:
        return len(find_unreadable(self._database))
