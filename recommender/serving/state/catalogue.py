"""All that can be recommended in a store at this moment, ready to be judged: nuggets, popularity, the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import catalogue_version, find_nuggets, managed_ids
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role, find_roles
from recommender.models.trained_model import TrainedModel
from recommender.ranking.lists import unit_rows
from recommender.ranking.peers import Matcher
from recommender.serving.nuggets.audience_claims import popular_from
from recommender.serving.state.cache import update_beside
from recommender.serving.state.models import RunningModel
from recommender.serving.state.nugget_table import NuggetColumns, build_columns
from recommender.serving.state.popularity import Popular, PopularNuggets
from recommender.serving.state.served_catalogue import ServedCatalogue, serve_catalogue

Array = np.ndarray[Any, np.dtype[Any]]
MOST_KEPT = 4
REST = 20
"""How many times as long as arranging took, at least, is rested before the next."""
OUT_OF_USE_S = 60


@dataclass(frozen=True, slots=True)
class Shelf:
    """I nuggets as `columns`, the interest in each (`popularity`, I), and how many took it (`takers`, I).

    From `popular_from` takers on one is called popular. `vectors` (I x D, of length 1) tell which are alike.
    `model` and its `version` are None before the first one; then `trained` is 0, else the number of nuggets
    that were in its training (the first ones). `matcher` finds peers among its learners.
    """

    columns: NuggetColumns
    popularity: Array
    takers: Array
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
class _Kept:
    source: RunningModel | Popular
    edition: int
    shelf: Shelf


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock
    kept: _Kept | None = None
    fresh_until: float = float("-inf")
    used: float = float("-inf")


def shelf_of(served: ServedCatalogue, running: RunningModel) -> Shelf:
    """Arrange a catalogue that belongs to a model."""
    model = served.model
    takers = np.diff(model.takers.indptr)
    return Shelf(
        build_columns(served.nuggets),
        model.popularity,
        takers,
        popular_from(takers),
        unit_rows(model.item_embeddings),
        served.roles,
        model,
        running.version,
        len(running.model.items),
        Matcher(model),
    )


def shelf_without_model(nuggets: Mapping[str, Nugget], taken: Popular, roles: Mapping[str, Role]) -> Shelf:
    """Arrange what was taken, the most popular first, and then what people entered and nobody took yet."""
    known = {activity: (interest, takers) for activity, interest, takers in taken}
    ordered = [*known, *sorted(nuggets.keys() - known.keys())]
    counts = np.array([known.get(one, (0.0, 0)) for one in ordered], dtype=np.float64).reshape(-1, 2)
    columns = build_columns([nuggets[one] for one in ordered])
    popularity, takers = counts[:, 0], counts[:, 1].astype(np.int64)
    return Shelf(columns, popularity, takers, popular_from(takers), np.zeros((len(ordered), 1)), roles)


class Shelves:
    """Keeps the shelf of each store and model until the catalogue or what is popular changes."""

    def __init__(self, database: Database, popular: PopularNuggets, refresh_s: float = 1.0) -> None:
        self._database = database
        self._popular = popular
        self._refresh_s = refresh_s
        self._slots: dict[StoreId, dict[int | None, _Slot]] = {}
        self._lock = threading.Lock()

    def find(self, store: StoreId, running: RunningModel | None) -> Shelf:
        """Return what can be recommended with this model, or without one.

        Changes of the catalogue are looked for once a second, less often where arranging it takes long. Only
        the first request of a store waits for that: later ones get what there is, also of the model before.
        """
        source = running or self._popular.find(store)
        slot, other = self._slots_of(store, running.version if running else None)
        if slot.kept is None and other is None:
            with slot.lock:
                slot.kept = slot.kept or self._renew(store, slot, source)
        elif slot.kept is None or slot.kept.source is not source or time.monotonic() >= slot.fresh_until:
            self._look(store, slot, source)
        kept = slot.kept or other
        assert kept is not None
        return kept.shelf

    def _slots_of(self, store: StoreId, version: int | None) -> tuple[_Slot, _Kept | None]:
        """Return the slot of a model, and what is kept for another one of the store; forget those out of use."""
        now = time.monotonic()
        with self._lock:
            slots = self._slots.setdefault(store, {})
            if version not in slots:
                slots = {key: slot for key, slot in slots.items() if now - slot.used < OUT_OF_USE_S}
                self._slots[store] = slots
            slot = slots.setdefault(version, _Slot(threading.Lock()))
            slot.used = now
            others = sorted((one for one in slots.values() if one is not slot), key=lambda one: -one.used)
        return slot, next((one.kept for one in others if one.kept), None)

    def _look(self, store: StoreId, slot: _Slot, source: RunningModel | Popular) -> None:
        """Arrange anew what has changed: beside the requests, unless changes must show at once."""
        if slot.lock.acquire(blocking=False):
            update_beside(slot.lock, partial(self._update, store, slot, source), at_once=not self._refresh_s)

    def _update(self, store: StoreId, slot: _Slot, source: RunningModel | Popular) -> None:
        kept = slot.kept
        if kept and kept.source is source and kept.edition == catalogue_version(self._database, store):
            slot.fresh_until = time.monotonic() + self._refresh_s
        else:
            slot.kept = self._renew(store, slot, source)

    def _renew(self, store: StoreId, slot: _Slot, source: RunningModel | Popular) -> _Kept:
        start = time.monotonic()
        kept = _Kept(source, catalogue_version(self._database, store), self._arrange(store, source))
        end = time.monotonic()
        slot.fresh_until = end + (max(self._refresh_s, REST * (end - start)) if self._refresh_s else 0.0)
        return kept

    def _arrange(self, store: StoreId, source: RunningModel | Popular) -> Shelf:
        if isinstance(source, RunningModel):
            return shelf_of(serve_catalogue(self._database, store, source.model), source)
        ids = {activity for activity, *_ in source} | managed_ids(self._database, store)
        nuggets = find_nuggets(self._database, store, sorted(ids))
        return shelf_without_model(nuggets, source, find_roles(self._database, store))
