from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models import registry
from recommender.models.lightfm import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.state.models import CurrentModels


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
