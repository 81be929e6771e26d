"""Models as what can be recommended with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role
from recommender.models.trained_model import TrainedModel
from recommender.serving.state.catalogue import Shelf, shelf_of
from recommender.serving.state.models import RunningModel
from recommender.serving.state.served_catalogue import ServedCatalogue


@pytest.fixture
def make_shelf() -> Callable[..., Shelf]:
    """Arrange the items of a model as a shelf; of nuggets that are not told only the id is known."""

    def make(
        model: TrainedModel,
        nuggets: Mapping[str, Nugget] | None = None,
        roles: Mapping[str, Role] | None = None,
    ) -> Shelf:
        known = tuple((nuggets or {}).get(item, Nugget(item)) for item in model.items)
        return shelf_of(ServedCatalogue(model, known, roles or {}), RunningModel(1, model))

    return make
