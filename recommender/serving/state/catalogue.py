"""Everything that can be recommended in a store, as arrays that belong to one model or to popularity."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lrs.personas import PersonaId, find_agreeing
from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import changed_ids, find_nuggets, managed_ids, nugget_ids
from recommender.catalogue.labels import Labels, find_labels
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role, find_roles
from recommender.models.fresh_takers import Takers, with_takers
from recommender.models.trained_model import READ_UNTIL, TrainedModel
from recommender.ranking.diversity import unit_rows
from recommender.ranking.peers import Matcher
from recommender.serving.audience_claims import popular_from
from recommender.serving.state.cache import Refreshed
from recommender.serving.state.closings import RecentClosings
from recommender.serving.state.models import CurrentModels, RunningModel
from recommender.serving.state.nugget_table import NO_POSITIONS, NuggetColumns, build_columns
from recommender.serving.state.popularity import Popular, read_popular, sync_some
from recommender.storage.entries import Revision, find_revision
from recommender.storage.harvested import find_touched
from recommender.storage.interactions import find_takers
from recommender.storage.reading import find_watermark, stored_us

Array = np.ndarray[Any, np.dtype[Any]]
MOST_STORES = 1000
CLOSINGS_HELD_S = 0.25
RECOUNTED_BELOW = 1000
"""A few takers more or less change nothing about a nugget that so many took."""
REST = 20
"""After building a snapshot, at least so many times its duration passes before the next one of the same model."""


@dataclass(frozen=True, slots=True)
class CatalogueSnapshot:
    """I nuggets as `columns`, the `popularity` of each (I), and how many learners took it (`learner_counts`, I).

    A nugget is called popular from `popular_from` learners on. `vectors` (I x D, of length 1) say which nuggets
    are alike. `model` and its `version` are None before the first training, and `trained` is 0 then; else it is
    the number of nuggets that took part in the training, which come first. `matcher` finds peers among the
    model's learners. The scores of the model know the popularity of its training only (`trained_popularity`).
    `closes` are nuggets that close at a time (us), which the columns may not know yet. `labels` name skills and roles.
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
    trained_popularity: Array | None = None
    closes: Mapping[str, int] = field(default_factory=dict)
    labels: Labels = Labels()

    def is_open(self, now_us: int) -> Array:
        """Return which nuggets may be recommended at a time (us)."""
        opened = self.columns.is_open(now_us)
        for activity, closes in self.closes.items():
            if closes <= now_us and activity in self.columns.index:
                opened[self.columns.index[activity]] = False
        return opened

    @property
    def private(self) -> Array:
        """Return for which nuggets nobody is named to others (a mask)."""
        mask: Array = self.columns.private.copy()
        for skill in self.labels.private:
            mask[self.columns.skills.get(skill, NO_POSITIONS)] = True
        return mask

    def is_private(self, item: int) -> bool:
        """Return whether nobody is named to others for a nugget."""
        return bool(self.columns.private[item]) or not self.labels.private.isdisjoint(
            self.columns.nuggets[item].skills
        )

    @property
    def penalised(self) -> Array:
        """Return the popularity that the scores know, which a penalty takes back."""
        return self.popularity if self.trained_popularity is None else self.trained_popularity

    def nugget(self, activity: str) -> Nugget | None:
        """Return a nugget by its id, or None."""
        position = self.columns.index.get(activity)
        return None if position is None else self.columns.nuggets[position]


@dataclass(frozen=True, slots=True)
class _State:
    """What of the database a snapshot shows: a revision of the catalogue, and Statements up to an order key."""

    revision: Revision
    watermark: bytes


@dataclass(frozen=True, slots=True)
class _Built:
    """A snapshot, what it shows, and the time (monotonic) before which it is not rebuilt.

    Kept for the next one: all `nuggets`, and the `takers` of those that were taken since the training.
    """

    snapshot: CatalogueSnapshot
    state: _State
    rests_until: float
    nuggets: Mapping[str, Nugget] = field(default_factory=dict)
    takers: Takers = field(default_factory=dict)


_Snapshots = Mapping[int | None, _Built]
"""By the version of the model; None where popularity answers."""


class CatalogueSnapshots:
    """Keeps a snapshot for each loaded model of a store; looks for changes at most every `refresh_s` seconds.

    Where building takes long, it happens less often: what is new then shows later, but the other requests of the
    process keep most of the processor. What closes does so at once. Only what changed is read from the database.
    """

    def __init__(self, database: Database, models: CurrentModels, refresh_s: float = 1.0) -> None:
        self._database = database
        self._closings = RecentClosings(database, min(CLOSINGS_HELD_S, refresh_s))
        self._models = models
        self._rest = REST if refresh_s else 0
        self._cache: Refreshed[StoreId, _Snapshots] = Refreshed(self._read, refresh_s, MOST_STORES)

    def find(self, store: StoreId, running: RunningModel | None) -> CatalogueSnapshot:
        """Return what can be recommended with a model, or without one.

        While the snapshot of a model that has just been loaded is built, requests get that of another one.
        """
        version = running.version if running else None
        closings = self._closings.find(
            store
        )  # before the snapshot, so that nothing is missed between the two
        found = self._cache.get(store, is_current=lambda built: version in built)
        built = found.get(version) or next(iter(found.values()))
        if built.state.revision == closings.revision or not closings.closes:
            return built.snapshot
        return replace(built.snapshot, closes=closings.closes)

    def _read(self, store: StoreId, previous: _Snapshots | None) -> _Snapshots:
        previous, loaded = previous or {}, self._models.loaded(store)
        if not loaded:
            return {None: self._renew(store, None, previous.get(None))}
        return {one: self._renew(store, model, previous.get(one)) for one, model in loaded.items()}

    def _renew(self, store: StoreId, running: RunningModel | None, before: _Built | None) -> _Built:
        watermark = find_watermark(self._database, store) if running else sync_some(self._database, store)
        state = _State(find_revision(self._database, store), watermark)
        start = time.monotonic()
        if before and (before.state == state or start < before.rests_until):
            return before
        if running:
            built = self._build_of_model(store, running, before, state)
        else:
            built = _Built(self._build_of_popular(store), state, 0.0)
        if before and before.state.revision == state.revision:
            labels = before.snapshot.labels
        else:
            labels = find_labels(self._database, store)
        end = time.monotonic()
        rests_until = end + self._rest * (end - start)
        return replace(built, snapshot=replace(built.snapshot, labels=labels), rests_until=rests_until)

    def _build_of_model(
        self, store: StoreId, running: RunningModel, before: _Built | None, state: _State
    ) -> _Built:
        takers = self._find_takers(store, running.model, before)
        if before and before.state.revision == state.revision and takers == before.takers:
            return replace(before, state=state)
        nuggets = self._find_nuggets(store, running.model, before, state.revision)
        model = with_takers(append_new_nuggets(running.model, nuggets), takers)
        own, roles = tuple(nuggets[name] for name in model.items), find_roles(self._database, store)
        return _Built(snapshot_of_model(running, model, own, roles), state, 0.0, nuggets, takers)

    def _find_nuggets(
        self, store: StoreId, model: TrainedModel, before: _Built | None, revision: Revision
    ) -> Mapping[str, Nugget]:
        """Read the nuggets of a model and those that came later, only what changed where the others are known."""
        if before is None:
            ids = nugget_ids(self._database, store) | set(model.items)
            return find_nuggets(self._database, store, sorted(ids))
        changed = changed_ids(self._database, store, before.state.revision, revision)
        return {**before.nuggets, **find_nuggets(self._database, store, sorted(changed))}

    def _find_takers(self, store: StoreId, model: TrainedModel, before: _Built | None) -> Takers:
        """Read who took the nuggets that were taken, or taken back, since the training; not of very popular ones."""
        since = stored_us(before.state.watermark) if before else int(model.facts.get(READ_UNTIL, 0))
        touched = find_touched(self._database, store, since)
        some = [
            one
            for one in sorted(touched)
            if one not in model.item_index or model.popularity[model.item_index[one]] < RECOUNTED_BELOW
        ]
        counted = find_agreeing(self._database, store, "figures")
        found = {
            item: {one: degree for one, degree in who.items() if PersonaId(one) in counted}
            for item, who in find_takers(self._database, store, some).items()
        }
        return {**(before.takers if before else {}), **found}

    def _build_of_popular(self, store: StoreId) -> CatalogueSnapshot:
        popular = read_popular(self._database, store)
        ids = {activity for activity, *_ in popular} | managed_ids(self._database, store)
        roles = find_roles(self._database, store)
        return snapshot_of_popular(find_nuggets(self._database, store, sorted(ids)), popular, roles)


def append_new_nuggets(model: TrainedModel, nuggets: Mapping[str, Nugget]) -> TrainedModel:
    """Return the model with those of these nuggets appended that came after its training and are open."""
    now = time.time_ns() // 1000
    new = sorted(nuggets.keys() - model.item_index.keys())
    return model.with_nuggets([nuggets[name] for name in new if nuggets[name].is_at_hand(now)])


def snapshot_of_model(
    running: RunningModel, model: TrainedModel, nuggets: tuple[Nugget, ...], roles: Mapping[str, Role]
) -> CatalogueSnapshot:
    """Build the snapshot of a running model; `model` is the same with new nuggets, `nuggets` are those of its items."""
    trained = np.pad(running.model.popularity, (0, len(model.items) - len(running.model.items)))
    counted = np.diff(model.known_by_item.indptr)
    learner_counts = np.where(model.popularity != trained, model.popularity.astype(np.int64), counted)
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
        trained,
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
