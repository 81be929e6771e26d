from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models import registry
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.state import models as models_module
from recommender.serving.state.models import CurrentModels

PATIENCE_S = 20


@pytest.fixture
def model(make_dataset: Callable[..., Dataset], quick: TrainingSettings) -> TrainedModel:
    return train(make_dataset({"u": ["a", "b"], "v": ["b", "c"]}), quick)


def _version(models: CurrentModels, store: Store) -> int | None:
    running = models.find(store.id)
    return running.version if running else None


def test_a_running_server_takes_over_promotions_and_roll_backs(
    database: Database, store: Store, model: TrainedModel
) -> None:
    models = CurrentModels(database, refresh_s=0)
    assert _version(models, store) is None
    for version in (1, 2):
        registry.register(database, store.id, model, {})
        registry.promote(database, store.id, version)
        assert _version(models, store) == version
    registry.roll_back(database, store.id)
    assert _version(models, store) == 1


def test_between_looks_the_database_is_left_alone(
    database: Database, store: Store, model: TrainedModel
) -> None:
    models = CurrentModels(database, refresh_s=3600)
    assert _version(models, store) is None
    registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    assert _version(models, store) is None


def test_no_request_fails_while_models_are_swapped(
    database: Database, store: Store, model: TrainedModel
) -> None:
    models = CurrentModels(database, refresh_s=0)
    registry.register(database, store.id, model, {})
    registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    seen: list[int | None] = []
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            seen.append(_version(models, store))

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for version in (2, 1, 2, 1, 2):
        registry.promote(database, store.id, version)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) <= {1, 2}
    assert _version(models, store) == 2


def test_the_first_request_after_a_promotion_gets_the_old_model_while_the_new_one_is_loaded(
    database: Database, store: Store, model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.register(database, store.id, model, {})
    registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    models = CurrentModels(database, refresh_s=0.001)
    assert _version(models, store) == 1
    may_load, load = threading.Event(), models_module.load

    def slowly(*arguments: Any) -> TrainedModel:
        assert may_load.wait(PATIENCE_S)
        return load(*arguments)

    monkeypatch.setattr(models_module, "load", slowly)
    registry.promote(database, store.id, 2)
    until = time.monotonic() + 0.1  # many times the refresh
    while time.monotonic() < until:
        assert _version(models, store) == 1
    may_load.set()
    deadline = time.monotonic() + PATIENCE_S
    while _version(models, store) != 2:
        assert time.monotonic() < deadline


def test_a_store_without_a_model_waits_for_its_first_one(
    database: Database, store: Store, model: TrainedModel
) -> None:
    models = CurrentModels(database, refresh_s=0.001)
    assert _version(models, store) is None
    registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    time.sleep(0.002)
    assert _version(models, store) == 1
