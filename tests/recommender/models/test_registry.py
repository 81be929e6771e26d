from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lrs.auth.stores import Store, create_store
from lrs.storage.database import Database
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import (
    CorruptModelError,
    ModelNotFoundError,
    TrainingInProgressError,
    UnsupportedModelError,
)
from recommender.models import registry
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.storage import models


@pytest.fixture
def model(make_dataset: Callable[..., Dataset], quick: TrainingSettings) -> TrainedModel:
    return train(make_dataset({"u": ["a", "b"], "v": ["b", "c"]}), quick)


def test_a_model_comes_back_as_it_was(database: Database, store: Store, model: TrainedModel) -> None:
    manifest = registry.register(database, store.id, model, {"k": 10, "rows": []})
    again = registry.load(database, store.id, manifest.version)
    assert np.array_equal(again.item_embeddings, model.item_embeddings)
    assert again.settings == model.settings
    assert manifest.evaluation == {"k": 10, "rows": []}
    assert manifest.facts["learners"] == 2


def test_versions_count_up_in_each_store(database: Database, store: Store, model: TrainedModel) -> None:
    other = create_store(database, f"{store.name}-other")
    versions = [registry.register(database, store.id, model, {}).version for _ in range(3)]
    assert versions == [1, 2, 3]
    assert registry.register(database, other.id, model, {}).version == 1
    assert [item.version for item in registry.list_models(database, store.id)] == [3, 2, 1]


def test_registering_does_not_promote(database: Database, store: Store, model: TrainedModel) -> None:
    registry.register(database, store.id, model, {})
    assert registry.current_version(database, store.id) is None


def test_promoting_and_rolling_back(database: Database, store: Store, model: TrainedModel) -> None:
    for version in (1, 2):
        registry.register(database, store.id, model, {})
        registry.promote(database, store.id, version)
    assert registry.current_version(database, store.id) == 2
    assert registry.roll_back(database, store.id).version == 1
    assert registry.current_version(database, store.id) == 1


def test_promotions_at_the_same_instant_are_all_remembered(
    database: Database, store: Store, model: TrainedModel
) -> None:
    versions = [registry.register(database, store.id, model, {}).version for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda version: registry.promote(database, store.id, version), versions))
    promotions = models.find_promotions(database, store.id)
    assert sorted(promotions) == versions
    assert registry.current_version(database, store.id) == promotions[-1]


def test_promotions_that_do_not_stand_any_more_are_not_replaced(database: Database, store: Store) -> None:
    assert models.replace_promotions(database, store.id, [], [1])
    assert not models.replace_promotions(database, store.id, [], [2])
    assert not models.replace_promotions(database, store.id, [2], [2, 3])
    assert models.replace_promotions(database, store.id, [1], [1, 2])
    assert models.find_promotions(database, store.id) == [1, 2]


def test_there_may_be_nothing_to_roll_back_to(database: Database, store: Store, model: TrainedModel) -> None:
    registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    with pytest.raises(ModelNotFoundError, match="none to go back to"):
        registry.roll_back(database, store.id)


def test_an_unknown_version_is_told_with_those_there_are(database: Database, store: Store) -> None:
    with pytest.raises(ModelNotFoundError, match="none yet"):
        registry.promote(database, store.id, 7)


def test_a_model_of_another_store_is_not_found(database: Database, store: Store, model: TrainedModel) -> None:
    other = create_store(database, f"{store.name}-other")
    registry.register(database, store.id, model, {})
    with pytest.raises(ModelNotFoundError):
        registry.load(database, other.id, 1)


def test_a_changed_array_is_noticed(database: Database, store: Store, model: TrainedModel) -> None:
    registry.register(database, store.id, model, {})
    arrays = database.collection("model_arrays", store.id)
    row = arrays.find_one({"name": {"$regex": "^item_biases@"}})
    assert row is not None
    arrays.update_one({"_id": row["_id"]}, {"$set": {"data": bytes(row["data"][:-1]) + b"\x07"}})
    with pytest.raises(CorruptModelError, match="item_biases"):
        registry.promote(database, store.id, 1)
    assert registry.current_version(database, store.id) is None


def test_a_missing_array_is_noticed(database: Database, store: Store, model: TrainedModel) -> None:
    registry.register(database, store.id, model, {})
    database.collection("model_arrays", store.id).delete_many({"name": {"$regex": "^users@"}})
    with pytest.raises(CorruptModelError, match="users"):
        registry.load(database, store.id, 1)


def test_a_model_of_another_format_is_refused(
    database: Database, store: Store, model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FORMAT_VERSION", 99)
    registry.register(database, store.id, model, {})
    monkeypatch.undo()
    with pytest.raises(UnsupportedModelError, match="format 99"):
        registry.load(database, store.id, 1)


def test_a_half_written_model_is_never_listed(database: Database, store: Store, model: TrainedModel) -> None:
    manifest = models.ModelManifest(0, 0, 1, {"seed": 1})
    half = models.reserve_version(database, store.id, manifest)
    assert registry.list_models(database, store.id) == []
    assert registry.register(database, store.id, model, {}).version == half + 1
    assert registry.prune(database, store.id, 5) == [half]


def test_pruning_keeps_the_promoted_and_the_one_before(
    database: Database, store: Store, model: TrainedModel
) -> None:
    for _ in range(6):
        registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    registry.promote(database, store.id, 2)
    assert sorted(registry.prune(database, store.id, 2)) == [3, 4]
    assert [item.version for item in registry.list_models(database, store.id)] == [6, 5, 2, 1]
    assert database.collection("model_arrays", store.id).count({"version": 3}) == 0
    assert [item.version for item in registry.list_history(database, store.id)] == [6, 5, 4, 3, 2, 1]


def test_the_history_of_deleted_versions_has_an_end(
    database: Database, store: Store, model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "REMEMBERED_VERSIONS", 2)
    for _ in range(6):
        registry.register(database, store.id, model, {})
    registry.prune(database, store.id, 1)
    assert [item.version for item in registry.list_history(database, store.id)] == [6, 5, 4]


def test_two_trainings_at_once_are_refused(database: Database, store: Store) -> None:
    with (
        registry.training_lock(database, store.id, 60),
        pytest.raises(TrainingInProgressError),
        registry.training_lock(database, store.id, 60),
    ):
        pass
    with registry.training_lock(database, store.id, 60) as renew:
        renew()
