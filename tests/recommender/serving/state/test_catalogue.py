from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models import registry
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.context import Serving
from recommender.serving.state import catalogue
from recommender.serving.state.catalogue import CatalogueSnapshot, CatalogueSnapshots
from recommender.serving.state.models import CurrentModels
from recommender.storage.entries import change_entries, find_edition

Enter = Callable[[str], None]
Find = Callable[[], CatalogueSnapshot]
NEW = "https://acme.example/new"
PATIENCE_S = 20


@pytest.fixture
def model(make_dataset: Callable[..., Dataset]) -> TrainedModel:
    return train(make_dataset({"u": ["a", "b"], "v": ["a", "c"]}), TrainingSettings(dimensions=4, epochs=1))


@pytest.fixture
def promote(database: Database, store: Store, model: TrainedModel) -> Callable[[], int]:
    """Register and promote the model once more, as a newer version."""

    def make() -> int:
        version = registry.register(database, store.id, model, {}).version
        registry.promote(database, store.id, version)
        return version

    return make


@pytest.fixture
def enter(database: Database, store: Store) -> Enter:
    """Enter a nugget."""

    def change(activity: str) -> None:
        edition = find_edition(database, store.id, "nuggets")
        values = {"title": {"en": activity}}
        assert change_entries(database, store.id, "nuggets", edition, {activity: values})

    return change


@pytest.fixture
def finder(database: Database, store: Store, service: Any) -> Callable[[float], Find]:
    """Return the snapshot of the promoted model, as a process with this refresh finds it."""

    def make(refresh_s: float) -> Find:
        models = CurrentModels(database, refresh_s)
        snapshots = CatalogueSnapshots(database, models, refresh_s)
        return lambda: snapshots.find(store.id, models.find(store.id))

    return make


def _ids(snapshot: CatalogueSnapshot) -> set[str]:
    return {nugget.id for nugget in snapshot.columns.nuggets}


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nuggets_entered_later_join_those_of_the_model(
    finder: Callable[[float], Find], promote: Callable[[], int], enter: Enter
) -> None:
    promote()
    find = finder(0)
    assert _ids(find()) == {"a", "b", "c"}
    enter("d")
    snapshot = find()
    assert _ids(snapshot) == {"a", "b", "c", "d"}
    assert (snapshot.trained, snapshot.version, snapshot.learner_counts.tolist()) == (3, 1, [2, 1, 1, 0])


def test_without_a_change_the_same_snapshot_is_kept(
    finder: Callable[[float], Find], promote: Callable[[], int]
) -> None:
    promote()
    find = finder(0)
    assert find() is find()


def test_a_request_gets_the_old_snapshot_while_the_new_one_is_built(
    finder: Callable[[float], Find], promote: Callable[[], int], enter: Enter
) -> None:
    promote()
    find = finder(0.01)
    assert find().version == 1
    enter("d")
    _wait_for(lambda: "d" in _ids(find()))
    promote()
    assert find().version in {1, 2}
    _wait_for(lambda: find().version == 2)


def test_a_new_model_answers_as_soon_as_its_snapshot_is_built_however_long_the_next_look_takes(
    database: Database, store: Store, promote: Callable[[], int], service: Any
) -> None:
    models = CurrentModels(database, 0)
    snapshots = CatalogueSnapshots(database, models, 3600)
    promote()
    assert snapshots.find(store.id, models.find(store.id)).version == 1
    promote()
    _wait_for(lambda: snapshots.find(store.id, models.find(store.id)).version == 2)


def test_after_a_slow_building_the_next_one_waits(
    finder: Callable[[float], Find],
    promote: Callable[[], int],
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    promote()
    monkeypatch.setattr(catalogue, "REST", 1e9)
    find = finder(0.001)
    first = find()
    enter("d")
    until = time.monotonic() + 0.2  # many times the refresh
    while time.monotonic() < until:
        assert find() is first


def test_without_a_model_there_is_what_people_entered(finder: Callable[[float], Find], enter: Enter) -> None:
    find = finder(0)
    assert _ids(find()) == set()
    enter("d")
    snapshot = find()
    assert _ids(snapshot) == {"d"}
    assert (snapshot.model, snapshot.version, snapshot.learner_counts.tolist()) == (None, None, [0])


def test_without_a_model_new_statements_count_without_a_sync(
    finder: Callable[[float], Find], post: Any, act: Any, url: Callable[[str], str]
) -> None:
    post([act("ann", "completed", "a")])
    find = finder(0)
    assert _ids(find()) == {url("a")}
    post([act("ben", "completed", "b", 1), act("ann", "completed", "b", 2)])
    snapshot = find()
    assert [nugget.id for nugget in snapshot.columns.nuggets] == [url("b"), url("a")]
    assert snapshot.learner_counts.tolist() == [2, 1]


def test_another_store_does_not_wait_for_the_first_count_of_a_store(
    database: Database,
    store: Store,
    other_store: Store,
    service: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_count, counting, count = threading.Event(), threading.Event(), catalogue.read_popular

    def slowly(database: Database, store_id: Any) -> Any:
        if store_id == store.id:
            counting.set()
            assert may_count.wait(PATIENCE_S)
        return count(database, store_id)

    monkeypatch.setattr(catalogue, "read_popular", slowly)
    snapshots = CatalogueSnapshots(database, CurrentModels(database))
    first = threading.Thread(target=snapshots.find, args=(store.id, None))
    first.start()
    assert counting.wait(PATIENCE_S)
    assert _ids(snapshots.find(other_store.id, None)) == set()
    assert first.is_alive()
    may_count.set()
    first.join(PATIENCE_S)


def test_nuggets_entered_or_taken_since_the_training_are_appended_unless_hidden(
    serving: Serving, database: Database, store: Store, trained: Any, act: Any, post: Any, sync: Any
) -> None:
    running = serving.models.find(store.id)
    assert running is not None
    items = running.model.items

    def appended() -> tuple[str, ...]:
        snapshot = serving.catalogue.find(store.id, running)
        assert snapshot.model is not None
        assert snapshot.model.items == tuple(nugget.id for nugget in snapshot.columns.nuggets)
        assert snapshot.model.items[: len(items)] == items
        return snapshot.model.items[len(items) :]

    assert appended() == ()
    put_entry(database, store.id, "nuggets", NEW, {"title": {"en": "About s1n2"}, "level": "beginner"})
    assert appended() == (NEW,)
    put_entry(database, store.id, "roles", "analyst", {"name": "Analyst", "skills": {"sql": 2}})
    snapshot = serving.catalogue.find(store.id, running)
    assert (snapshot.columns.nuggets[-1].title("en"), snapshot.roles["analyst"].skills) == (
        "About s1n2",
        {"sql": 2},
    )
    put_entry(database, store.id, "nuggets", NEW, {"hidden": True})
    assert appended() == ()
    post([act("ann", "completed", "newer")])
    assert appended() == ()
    sync()
    assert appended() == ("https://acme.example/newer",)
