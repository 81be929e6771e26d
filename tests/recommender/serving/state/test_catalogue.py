from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models.lightfm import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.state.catalogue import Shelf, Shelves
from recommender.serving.state.models import RunningModel
from recommender.serving.state.popularity import PopularNuggets
from recommender.storage.entries import change_entries, find_edition

Enter = Callable[[str], None]
PATIENCE_S = 20


@pytest.fixture
def model(make_dataset: Callable[..., Dataset]) -> TrainedModel:
    return train(make_dataset({"u": ["a", "b"], "v": ["a", "c"]}), TrainingSettings(dimensions=4, epochs=1))


@pytest.fixture
def enter(database: Database, store: Store) -> Enter:
    """Enter a nugget."""

    def change(activity: str) -> None:
        edition = find_edition(database, store.id, "nuggets")
        values = {"title": {"en": activity}}
        assert change_entries(database, store.id, "nuggets", edition, {activity: values})

    return change


@pytest.fixture
def shelves(database: Database, service: Any) -> Callable[[float], Shelves]:
    return lambda refresh_s: Shelves(database, PopularNuggets(database), refresh_s)


def _ids(shelf: Shelf) -> set[str]:
    return {nugget.id for nugget in shelf.columns.nuggets}


def test_nuggets_entered_later_join_those_of_the_model(
    shelves: Callable[[float], Shelves], store: Store, model: TrainedModel, enter: Enter
) -> None:
    at_once, running = shelves(0), RunningModel(1, model)
    assert _ids(at_once.find(store.id, running)) == {"a", "b", "c"}
    enter("d")
    shelf = at_once.find(store.id, running)
    assert _ids(shelf) == {"a", "b", "c", "d"}
    assert (shelf.trained, shelf.version, shelf.takers.tolist()) == (3, 1, [2, 1, 1, 0])


def test_without_a_change_the_same_shelf_is_kept(
    shelves: Callable[[float], Shelves], store: Store, model: TrainedModel
) -> None:
    at_once, running = shelves(0), RunningModel(1, model)
    assert at_once.find(store.id, running) is at_once.find(store.id, running)


def test_a_request_gets_what_there_is_while_what_is_new_is_arranged(
    shelves: Callable[[float], Shelves], store: Store, model: TrainedModel, enter: Enter
) -> None:
    beside, running = shelves(0.01), RunningModel(1, model)
    beside.find(store.id, running)
    enter("d")
    deadline = time.monotonic() + PATIENCE_S
    while "d" not in _ids(beside.find(store.id, running)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "d" in _ids(beside.find(store.id, running))
    newer = RunningModel(2, model)
    assert beside.find(store.id, newer).version in {1, 2}
    while beside.find(store.id, newer).version != 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert beside.find(store.id, newer).version == 2
    assert beside.find(store.id, running).version == 1


def test_without_a_model_there_is_what_people_entered(
    shelves: Callable[[float], Shelves], store: Store, enter: Enter
) -> None:
    at_once = shelves(0)
    assert _ids(at_once.find(store.id, None)) == set()
    enter("d")
    shelf = at_once.find(store.id, None)
    assert _ids(shelf) == {"d"}
    assert (shelf.model, shelf.version, shelf.takers.tolist()) == (None, None, [0])
