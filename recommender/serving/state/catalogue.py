"""Everything that can be recommended in a store, as arrays that belong to one model or to popularity."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import catalogue_version, find_nuggets, managed_ids, nugget_ids
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role, find_roles
from recommender.models.trained_model import TrainedModel
from recommender.ranking.diversity import unit_rows
from recommender.ranking.peers import Matcher
from recommender.serving.audience_claims import popular_from
from recommender.serving.state.cache import Refreshed
from recommender.serving.state.models import CurrentModels, RunningModel
from recommender.serving.state.nugget_table import NuggetColumns, build_columns
from recommender.serving.state.popularity import Popular, read_popular, sync_some

Array = np.ndarray[Any, np.dtype[Any]]
MOST_STORES = 1000
REST = 20
"""After building a snapshot, at least so many times its duration passes before the next one of the same model."""


@dataclass(frozen=True, slots=True)
class CatalogueSnapshot:
    """I nuggets as `columns`, the `popularity` of each (I), and how many learners took it (`learner_counts`, I).

    A nugget is called popular from `popular_from` learners on. `vectors` (I x D, of length 1) say which nuggets
    are alike. `model` and its `version` are None before the first training, and `trained` is 0 then; else it is
    the number of nuggets that took part in the training, which come first. `matcher` finds peers among the
    model's learners.
    """

    columns: NuggetColumns
    popularity: Array
    learner_counts: Array
    popular_from: float
    vectors: Array
    roles: Mapping[str, Role] = field(default_factory=dict)
    model: TrainedModel | None = None
    version: int | None = None
    trained: int = 0
    matcher: Matcher | None = None

    def nugget(self, activity: str) -> Nugget | None:
        """Return a nugget by its id, or None."""
        position = self.columns.index.get(activity)
        return None if position is None else self.columns.nuggets[position]


@dataclass(frozen=True, slots=True)
class _Built:
    """A snapshot, the state of the database it shows, and the time (monotonic) before which it is not rebuilt."""

    snapshot: CatalogueSnapshot
    state: tuple[int, bytes]
    rests_until: float


_Snapshots = Mapping[int | None, _Built]
"""By the version of the model; None where popularity answers."""


class CatalogueSnapshots:
    """Keeps a snapshot for each loaded model of a store; looks for changes at most every `refresh_s` seconds.

    Where building takes long, it happens less often: changes then show later, but the other requests of the
    process keep most of the processor.
    """

    def __init__(self, database: Database, models: CurrentModels, refresh_s: float = 1.0) -> None:
        self._database = database
        self._models = models
        self._rest = REST if refresh_s else 0
        self._cache: Refreshed[StoreId, _Snapshots] = Refreshed(self._read, refresh_s, MOST_STORES)

    def find(self, store: StoreId, running: RunningModel | None) -> CatalogueSnapshot:
        """Return what can be recommended with a model, or without one.

        While the snapshot of a model that has just been loaded is built, requests get that of another one.
        """
        version = running.version if running else None
        found = self._cache.get(store, is_current=lambda built: version in built)
        return (found.get(version) or next(iter(found.values()))).snapshot

    def _read(self, store: StoreId, previous: _Snapshots | None) -> _Snapshots:
        previous, loaded = previous or {}, self._models.loaded(store)
        if not loaded:
            return {None: self._renew(store, None, previous.get(None))}
        return {one: self._renew(store, model, previous.get(one)) for one, model in loaded.items()}

    def _renew(self, store: StoreId, running: RunningModel | None, before: _Built | None) -> _Built:
        watermark = b"" if running else sync_some(self._database, store)
        state = (catalogue_version(self._database, store), watermark)
        start = time.monotonic()
        if before and (before.state == state or start < before.rests_until):
            return before
        snapshot = self._build(store, running)
        end = time.monotonic()
        return _Built(snapshot, state, end + self._rest * (end - start))

    def _build(self, store: StoreId, running: RunningModel | None) -> CatalogueSnapshot:
        roles = find_roles(self._database, store)
        if running:
            return snapshot_of_model(
                running, *append_new_nuggets(self._database, store, running.model), roles
            )
        popular = read_popular(self._database, store)
        ids = {activity for activity, *_ in popular} | managed_ids(self._database, store)
        return snapshot_of_popular(find_nuggets(self._database, store, sorted(ids)), popular, roles)


def append_new_nuggets(
    database: Database, store: StoreId, model: TrainedModel
) -> tuple[TrainedModel, tuple[Nugget, ...]]:
    """Return the model with the open nuggets appended that came after its training, and the nuggets of its items."""
    new = nugget_ids(database, store) - set(model.items)
    found = find_nuggets(database, store, [*model.items, *sorted(new)])
    now = time.time_ns() // 1000
    cold = [found[name] for name in sorted(new) if found[name].is_open(now)]
    if cold:
        model = model.with_nuggets(cold)
    return model, tuple(found[name] for name in model.items)


def snapshot_of_model(
    running: RunningModel, model: TrainedModel, nuggets: tuple[Nugget, ...], roles: Mapping[str, Role]
) -> CatalogueSnapshot:
    """Build the snapshot of a running model; `model` is the same with new nuggets, `nuggets` are those of its items."""
    learner_counts = np.diff(model.known_by_item.indptr)
    return CatalogueSnapshot(
        build_columns(nuggets),
        model.popularity,
        learner_counts,
        popular_from(learner_counts),
        unit_rows(model.item_embeddings),
        roles,
        model,
        running.version,
        len(running.model.items),
        Matcher(model),
    )


def snapshot_of_popular(
    nuggets: Mapping[str, Nugget], popular: Popular, roles: Mapping[str, Role]
) -> CatalogueSnapshot:
    """Build the snapshot of a store without a model: the popular nuggets first, then those that nobody took yet."""
    known = {activity: (interest, learners) for activity, interest, learners in popular}
    ordered = [*known, *sorted(nuggets.keys() - known.keys())]
    counts = np.array([known.get(one, (0.0, 0)) for one in ordered], dtype=np.float64).reshape(-1, 2)
    columns = build_columns([nuggets[one] for one in ordered])
    popularity, learner_counts = counts[:, 0], counts[:, 1].astype(np.int64)
    # Without a model nothing is known of likeness: vectors of one 0 make all nuggets equally unlike.
    vectors = np.zeros((len(ordered), 1))
    return CatalogueSnapshot(
        columns, popularity, learner_counts, popular_from(learner_counts), vectors, roles
    )
