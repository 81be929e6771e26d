from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.models.registry import current_version, find_model, load, load_state, roll_back
from recommender.training.jobs import retrain
from recommender.training.refresh import refresh_model

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Interests = Callable[..., dict[str, list[str]]]


@pytest.fixture
def trained(
    database: Database, store: Store, settings: Settings, act: Act, post: Post, interests: Interests
) -> int:
    """Train on all but the last two of each learner; the version."""
    post(
        [
            act(learner, "completed", item, position * 60)
            for learner, items in interests(100).items()
            for position, item in enumerate(items[:-2])
        ]
    )
    return retrain(database, store, settings, lambda line: None, force=True).version


@pytest.fixture
def later(act: Act, interests: Interests) -> list[dict[str, Any]]:
    """What the learners did since, and one of them with a nugget nobody knew."""
    statements = [
        act(learner, "completed", item, 6000 + position * 60)
        for learner, items in interests(100).items()
        for position, item in enumerate(items[-2:])
    ]
    return [*statements, act("learner000", "completed", "brand-new", 9000)]


def test_a_refresh_learns_what_is_new(
    database: Database,
    store: Store,
    settings: Settings,
    trained: int,
    post: Post,
    later: list[dict[str, Any]],
) -> None:
    post(later)
    tolerant = replace(
        settings.service, tolerance=0.2
    )  # fifty learners to judge by: chance alone moves NDCG by 3 %
    report = refresh_model(database, store, Settings(settings.training, tolerant), lambda line: None)
    assert (report.new, report.version) == (201, trained + 1)
    assert report.decision.startswith("promoted")
    assert current_version(database, store.id) == trained + 1
    model, before = (load(database, store.id, version) for version in (trained + 1, trained))
    assert len(model.items) == len(before.items) + 1
    assert model.facts["interactions"] == before.facts["interactions"] + 201
    assert model.facts["refresh"]["of"] == trained
    assert dict(model.blend) == dict(before.blend)
    assert model.settings == before.settings
    assert find_model(database, store.id, trained + 1).evaluation["learners"] > 0


def test_a_refreshed_model_can_be_refreshed_again_and_rolled_back(
    database: Database,
    store: Store,
    settings: Settings,
    trained: int,
    post: Post,
    later: list[dict[str, Any]],
) -> None:
    post(later[:100])
    refresh_model(database, store, settings, lambda line: None, force=True)
    post(later[100:])
    assert refresh_model(database, store, settings, lambda line: None, force=True).version == trained + 2
    assert roll_back(database, store.id).version == trained + 1


def test_nothing_new_makes_no_version(
    database: Database, store: Store, settings: Settings, trained: int
) -> None:
    report = refresh_model(database, store, settings, lambda line: None)
    assert report.decision == "not refreshed: nothing is new"
    assert not report.needs_training
    assert current_version(database, store.id) == trained


def test_too_little_that_is_new_waits(
    database: Database,
    store: Store,
    settings: Settings,
    trained: int,
    post: Post,
    later: list[dict[str, Any]],
) -> None:
    post(later[:4])
    report = refresh_model(database, store, settings, lambda line: None)
    assert "learners with new interactions to measure on" in report.decision
    assert current_version(database, store.id) == trained


def test_without_a_model_only_a_training_helps(database: Database, store: Store, settings: Settings) -> None:
    report = refresh_model(database, store, settings, lambda line: None)
    assert report.needs_training
    assert report.version is None


def test_the_state_is_kept_beside_the_model(database: Database, store: Store, trained: int) -> None:
    model = load(database, store.id, trained)
    state = load_state(database, store.id, trained, model)
    assert state is not None
    width = len(model.items)
    used = np.abs(model.history_embeddings).sum(axis=1) > 0
    assert np.array_equal(state.arrays["user_embeddings"][:width][used], model.history_embeddings[used])


def test_a_refresh_keeps_other_dimensions_than_those_set_now(
    database: Database,
    store: Store,
    settings: Settings,
    trained: int,
    post: Post,
    later: list[dict[str, Any]],
) -> None:
    post(later)
    wider = Settings(replace(settings.training, dimensions=24), settings.service)
    report = refresh_model(database, store, wider, lambda line: None, force=True)
    assert report.version is not None
    assert load(database, store.id, report.version).settings.dimensions == settings.training.dimensions
    assert trained < report.version
