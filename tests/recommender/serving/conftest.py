"""Catalogue snapshots of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role
from recommender.models.trained_model import TrainedModel
from recommender.serving.state.catalogue import CatalogueSnapshot, snapshot_of_model
from recommender.serving.state.models import RunningModel


@pytest.fixture
def make_snapshot() -> Callable[..., CatalogueSnapshot]:
    """Build the snapshot of a model; nuggets without a title get their id as title."""

    def make(
        model: TrainedModel,
        nuggets: Mapping[str, Nugget] | None = None,
        roles: Mapping[str, Role] | None = None,
    ) -> CatalogueSnapshot:
        known = tuple((nuggets or {}).get(item, Nugget(item)) for item in model.items)
        known = tuple(replace(nugget, titles=nugget.titles or {"en": nugget.id}) for nugget in known)
        return snapshot_of_model(RunningModel(1, model), model, known, roles or {})

    return make
