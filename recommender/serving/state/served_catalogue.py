"""The catalogue as a model can rank it: its own nuggets, and those that came after the training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrs.storage.database import Database, StoreId
from lrs.storage.stored_time import now_us
from recommender.catalogue.catalogue import find_nuggets, nugget_ids
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role, find_roles
from recommender.models.trained_model import TrainedModel


@dataclass(frozen=True, slots=True)
class ServedCatalogue:
    """A model and the nuggets of its items, in the same order, and the roles of the store."""

    model: TrainedModel
    nuggets: tuple[Nugget, ...]
    roles: Mapping[str, Role]


def serve_catalogue(database: Database, store: StoreId, model: TrainedModel) -> ServedCatalogue:
    """Return the model with the open nuggets appended that it does not know: entered or harvested since."""
    later = nugget_ids(database, store) - set(model.items)
    found = find_nuggets(database, store, [*model.items, *sorted(later)])
    now = now_us()
    cold = [found[name] for name in sorted(later) if found[name].is_open(now)]
    if cold:
        model = model.with_nuggets(cold)
    return ServedCatalogue(model, tuple(found[name] for name in model.items), find_roles(database, store))
