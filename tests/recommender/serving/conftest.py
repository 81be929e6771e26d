"""A store in which five groups of learners take nuggets of five subjects, with a promoted model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings
from recommender.jobs import RetrainReport, retrain


@pytest.fixture
def organisation(
    act: Callable[..., dict[str, Any]],
    post: Callable[[list[dict[str, Any]]], None],
    interests: Callable[..., dict[str, list[str]]],
) -> dict[str, list[str]]:
    """Post the completions of 60 learners; return what each took."""
    taken = interests(60)
    post(
        [
            act(learner, "completed", item, minute * 60 + number)
            for number, (learner, items) in enumerate(sorted(taken.items()))
            for minute, item in enumerate(items)
        ]
    )
    return taken


@pytest.fixture
def trained(
    organisation: dict[str, list[str]], database: Database, store: Store, settings: Settings
) -> RetrainReport:
    """Train on the organisation; the model is promoted."""
    return retrain(database, store, settings, lambda line: None, force=True)
