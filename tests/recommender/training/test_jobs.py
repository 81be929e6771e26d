from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from lrs.storage.record_sets import records_of
from recommender.config import Settings
from recommender.errors import TooLittleDataError, TrainingInProgressError, TrainingTooLongError
from recommender.metrics.splits import split_newest
from recommender.models.registry import (
    current_version,
    find_problem,
    find_unreadable,
    list_models,
    load,
    training_lock,
)
from recommender.models.trained_model import FORMAT_VERSION
from recommender.storage.entries import change_entries
from recommender.storage.model_settings import find_model_settings, write_model_settings
from recommender.storage.records import ModelRecord
from recommender.training.jobs import load_current, load_dataset, retrain, tune
from recommender.training.refresh import refresh_model
from recommender.training.search import search
from recommender.training.trial import hold_trial

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def posted(act: Act, post: Post, interests: Callable[..., dict[str, list[str]]]) -> None:
    post(
        [
            act(learner, "completed", item, position * 60)
            for learner, items in interests(100).items()
            for position, item in enumerate(items)
        ]
    )


@pytest.mark.usefixtures("posted")
def test_a_retraining_measures_registers_and_promotes(
    database: Database, store: Store, settings: Settings
) -> None:
    lines: list[str] = []
    report = retrain(database, store, settings, lines.append)
    rows = {row.name: row for row in report.evaluation.rows}
    assert {"Learnerprise", "LightFM", "item-kNN", "popularity"} <= rows.keys()
    assert rows["Learnerprise"].ndcg > 1.3 * rows["popularity"].ndcg
    assert sum(report.facts["blend"].values()) == pytest.approx(1, abs=0.001)  # each is rounded
    assert report.facts["validation"]["learners"] >= 20
    assert report.decision.startswith("promoted")
    assert (report.evaluation.k, report.evaluation.nuggets) == (10, 63)
    assert current_version(database, store.id) == report.version == 1
    assert report.facts["learners"] == 100
    assert any("800 Statements read" in line for line in lines)


@pytest.mark.usefixtures("posted")
def test_a_training_that_takes_too_long_is_ended_and_another_may_begin(
    database: Database, store: Store, settings: Settings
) -> None:
    hurried = replace(settings, service=replace(settings.service, max_training_s=0))
    with pytest.raises(TrainingTooLongError):
        retrain(database, store, hurried, lambda line: None)
    with training_lock(database, store.id, 60):
        assert current_version(database, store.id) is None


@pytest.mark.usefixtures("posted")
def test_a_model_worse_than_the_running_one_is_kept_but_not_promoted(
    database: Database, store: Store, settings: Settings
) -> None:
    retrain(database, store, settings, lambda line: None)
    poor = replace(settings.training, epochs=1, dimensions=2, ease_items=0, neighbours=1)
    weak = Settings(poor, settings.service)
    tried = retrain(database, store, weak, lambda line: None, dry_run=True)
    assert (tried.version, [item.version for item in list_models(database, store.id)]) == (0, [1])
    report = retrain(database, store, weak, lambda line: None)
    assert report.decision == tried.decision
    assert report.decision.startswith(
        "not promoted: it is more than 2% worse than what runs now; learners with a past"
    )
    assert "what runs now, trained on the same past" in report.decision
    assert current_version(database, store.id) == 1
    assert [item.version for item in list_models(database, store.id)] == [2, 1]
    forced = retrain(database, store, weak, lambda line: None, force=True)
    assert forced.decision.startswith("promoted by force")
    assert current_version(database, store.id) == 3


def _unreadable(database: Database, store: Store) -> list[str]:
    """Return the problems of one store; other tests leave stores with problems in the same database."""
    return [problem for found, problem in find_unreadable(database) if found.id == store.id]


@pytest.mark.usefixtures("posted")
def test_a_model_that_cannot_answer_is_compared_with_nothing_and_replaced_by_the_next_training(
    database: Database, store: Store, settings: Settings
) -> None:
    retrain(database, store, settings, lambda line: None)
    row = {"name": "Learnerprise", "ndcg": 0.99}  # far better than any, but nobody is answered by it
    records = records_of(database, ModelRecord, store.id)(version=1)
    records.update_one(set__format_version=FORMAT_VERSION + 1, set__evaluation={"rows": [row]})
    assert _unreadable(database, store) == [find_problem(database, store.id, 1)]
    lines: list[str] = []
    refreshed = refresh_model(database, store, settings, lines.append)
    assert (refreshed.version, refreshed.needs_training) == (None, True)
    report = retrain(database, store, settings, lines.append)
    assert report.decision.startswith("promoted: ")
    assert current_version(database, store.id) == 2
    assert _unreadable(database, store) == []
    assert any(line.startswith("not compared with the promoted model, which does not load") for line in lines)


@pytest.mark.usefixtures("posted")
def test_a_model_whose_arrays_are_gone_is_compared_with_nothing_either(
    database: Database, store: Store, settings: Settings
) -> None:
    retrain(database, store, settings, lambda line: None)
    database.collection("model_arrays", store.id).delete_many({"name": {"$regex": "^items@"}})
    poor = replace(settings.training, epochs=1, dimensions=2, ease_items=0, neighbours=1)
    report = retrain(database, store, Settings(poor, settings.service), lambda line: None)
    assert report.decision.startswith("promoted: ") or "it does not beat popularity" in report.decision


@pytest.mark.usefixtures("posted")
def test_settings_found_by_a_search_are_used_later(
    database: Database, store: Store, settings: Settings
) -> None:
    found = tune(database, store, settings, 0, lambda line: None)
    assert find_model_settings(database, store.id) == {}  # nothing better was found, so nothing is kept
    write_model_settings(database, store.id, {**found.settings, "epochs": 3, "gone": 1})
    report = retrain(database, store, settings, lambda line: None, force=True)
    assert load(database, store.id, report.version).settings.epochs == 3


@pytest.mark.usefixtures("posted")
def test_settings_are_searched_without_what_trainings_are_judged_by(
    database: Database, store: Store, settings: Settings
) -> None:
    found = tune(database, store, settings, 0, lambda line: None)
    past = split_newest(load_dataset(database, store, settings), settings.service.held_out_share).train
    assert found == search(past, settings.training, 0, lambda line: None)


def test_an_empty_store_cannot_be_searched(database: Database, store: Store, settings: Settings) -> None:
    with pytest.raises(TooLittleDataError):
        tune(database, store, settings, 0, lambda line: None)


def test_nuggets_that_people_entered_are_items_before_anybody_took_them(
    database: Database, store: Store, settings: Settings
) -> None:
    change_entries(database, store.id, "nuggets", 0, {"https://n.example/1": {"title": {"en": "One"}}})
    assert load_dataset(database, store, settings).items == ("https://n.example/1",)


def test_an_empty_store_cannot_be_trained(database: Database, store: Store, settings: Settings) -> None:
    with pytest.raises(TooLittleDataError):
        retrain(database, store, settings, lambda line: None)
    assert list_models(database, store.id) == []


def test_an_empty_store_can_be_evaluated(database: Database, store: Store, settings: Settings) -> None:
    dataset, nuggets, settings = load_current(database, store, settings, lambda line: None)
    assert nuggets == {}
    assert hold_trial(dataset, settings, None, lambda line: None).report.learners == 0


def test_a_second_training_is_refused(database: Database, store: Store, settings: Settings) -> None:
    with training_lock(database, store.id, 60), pytest.raises(TrainingInProgressError):
        retrain(database, store, settings, lambda line: None)


def test_too_few_learners_leave_popularity_in_charge(
    database: Database, store: Store, settings: Settings, act: Act, post: Post
) -> None:
    post([act(name, "completed", item) for name in ("ann", "ben") for item in ("a", "b", "c")])
    report = retrain(database, store, settings, lambda line: None)
    assert "only 0 learners to measure on" in report.decision
    assert report.evaluation.k == 1
    assert current_version(database, store.id) is None
