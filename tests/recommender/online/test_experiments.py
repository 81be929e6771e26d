from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import (
    ExperimentInProgressError,
    ExperimentNotFoundError,
    ExperimentRefusedError,
    ModelNotFoundError,
    RecommenderError,
)
from recommender.models import registry
from recommender.models.assembly import train
from recommender.online.experiments import arm_of, end_experiment, start_experiment
from recommender.serving.state.models import CurrentModels
from recommender.storage.experiments import (
    Experiment,
    end_running_experiment,
    find_experiments,
    find_running_experiment,
    insert_experiment,
)


@pytest.fixture
def versions(database: Database, store: Store, make_dataset: Callable[..., Dataset]) -> tuple[int, int]:
    """Register two versions and promote the first."""
    model = train(make_dataset({"u": ["a", "b"], "v": ["b", "c"]}), TrainingSettings(dimensions=4, epochs=1))
    for _ in range(2):
        registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    return (1, 2)


@pytest.mark.parametrize("share", [1, 30, 50, 99])
def test_learners_are_split_by_share_and_always_in_the_same_way(share: int) -> None:
    experiment = Experiment(1, (7, 8), share, 0)
    personas = [ObjectId(f"{number:024x}") for number in range(2000)]
    arms = [arm_of(experiment, persona) for persona in personas]
    assert arms == [arm_of(experiment, persona) for persona in personas]
    assert arms.count(8) / len(arms) == pytest.approx(share / 100, abs=0.03)
    again = [arm_of(Experiment(2, (7, 8), share, 0), persona) for persona in personas]
    assert again != arms


def test_each_learner_gets_the_own_version_until_the_experiment_ends(
    database: Database, store: Store, versions: tuple[int, int]
) -> None:
    models = CurrentModels(database, refresh_s=0)
    personas = [ObjectId() for _ in range(20)]

    def answered() -> list[int]:
        found = [models.find(store.id, persona) for persona in personas]
        return [running.version for running in found if running]

    assert answered() == [1] * 20
    experiment = start_experiment(database, store.id, versions)
    assert answered() == [arm_of(experiment, persona) for persona in personas]
    stranger = models.find(store.id)
    assert stranger is not None
    assert stranger.version == 1
    ended = end_experiment(database, store.id, 2)
    assert (ended.promoted, registry.current_version(database, store.id)) == (2, 2)
    assert answered() == [2] * 20


def test_ending_without_a_winner_leaves_the_promoted_version(
    database: Database, store: Store, versions: tuple[int, int]
) -> None:
    start_experiment(database, store.id, versions)
    assert end_experiment(database, store.id).promoted is None
    assert registry.current_version(database, store.id) == 1
    assert start_experiment(database, store.id, versions).number == 2


def test_an_experiment_that_somebody_else_ends_at_the_same_instant_is_told(
    database: Database, store: Store, versions: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    start_experiment(database, store.id, versions)

    def promote_too_late(*arguments: Any) -> None:
        end_running_experiment(database, store.id, 7, 1)

    monkeypatch.setattr("recommender.online.experiments.promote", promote_too_late)
    with pytest.raises(ExperimentNotFoundError, match="just been ended by another command"):
        end_experiment(database, store.id, 2)
    [experiment] = find_experiments(database, store.id)
    assert (experiment.ended, experiment.promoted) == (7, 1)


@pytest.mark.parametrize(
    ("named", "share", "error", "sentence"),
    [
        ((1, 9), 50, ModelNotFoundError, "There is no model version 9"),
        ((1, 1), 50, ExperimentRefusedError, "Version 1 is named twice"),
        ((1, 2), 0, ExperimentRefusedError, "A share of 0 percent"),
        ((1, 2), 100, ExperimentRefusedError, "A share of 100 percent"),
    ],
)
def test_an_experiment_that_makes_no_sense_is_refused(
    database: Database,
    store: Store,
    versions: tuple[int, int],
    named: tuple[int, int],
    share: int,
    error: type[RecommenderError],
    sentence: str,
) -> None:
    with pytest.raises(error, match=sentence):
        start_experiment(database, store.id, named, share)
    assert find_running_experiment(database, store.id) is None


def test_there_is_one_experiment_at_a_time(
    database: Database, store: Store, versions: tuple[int, int]
) -> None:
    first = start_experiment(database, store.id, versions)
    with pytest.raises(ExperimentInProgressError, match="Experiment 1"):
        start_experiment(database, store.id, versions)
    assert insert_experiment(database, store.id, first) is False
    with pytest.raises(ExperimentRefusedError, match="promote 1 or 2"):
        end_experiment(database, store.id, 3)
    end_experiment(database, store.id)
    with pytest.raises(ExperimentNotFoundError):
        end_experiment(database, store.id)


def test_rolling_back_ends_it_for_everybody(
    database: Database, store: Store, versions: tuple[int, int]
) -> None:
    registry.promote(database, store.id, 2)
    start_experiment(database, store.id, versions)
    assert registry.roll_back(database, store.id).version == 1
    assert find_running_experiment(database, store.id) is None
    found = CurrentModels(database, refresh_s=0).find(store.id, ObjectId())
    assert found is not None
    assert found.version == 1


def test_the_versions_compared_are_not_pruned(
    database: Database, store: Store, versions: tuple[int, int]
) -> None:
    start_experiment(database, store.id, versions)
    model = registry.load(database, store.id, 1)
    for _ in range(3):
        registry.promote(database, store.id, registry.register(database, store.id, model, {}).version)
    registry.prune(database, store.id, 1)
    assert {1, 2} <= {item.version for item in registry.list_models(database, store.id)}


def test_a_version_that_does_not_load_is_answered_by_the_promoted_one(
    database: Database, store: Store, versions: tuple[int, int]
) -> None:
    start_experiment(database, store.id, versions)
    database.collection("model_arrays", store.id).delete_many({"version": 2})
    models = CurrentModels(database, refresh_s=0)
    found = [models.find(store.id, ObjectId()) for _ in range(20)]
    assert {running.version for running in found if running} == {1}
    assert None not in found
