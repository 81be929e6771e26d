"""Nuggets that stopped being recommended: known within a fraction of a second, however long a snapshot takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import changed_ids, find_nuggets
from recommender.catalogue.nuggets import FOR_EVER
from recommender.serving.state.cache import Refreshed
from recommender.storage.entries import Revision, find_revision

MOST_STORES = 1000


@dataclass(frozen=True, slots=True)
class Closings:
    """When (us) each nugget closes that changed since this process began to look, as of a revision of the catalogue."""

    revision: Revision
    closes: Mapping[str, int] = field(default_factory=dict)


class RecentClosings:
    """Reads which nuggets were hidden, withdrawn, given an end or left without a title; at most `held_s` seconds late.

    Only what changed is read, and it is read again in the background from half of `held_s` on. A snapshot built
    after the first look at a store, together with these closings, shows no nugget that is closed.
    """

    def __init__(self, database: Database, held_s: float) -> None:
        self._database = database
        self._cache: Refreshed[StoreId, Closings] = Refreshed(
            self._read, held_s / 2, MOST_STORES, serves_old=lambda closings, age_s: age_s < held_s
        )

    def find(self, store: StoreId) -> Closings:
        """Return the closings of a store."""
        return self._cache.get(store)

    def _read(self, store: StoreId, previous: Closings | None) -> Closings:
        revision = find_revision(self._database, store)
        if previous is None or revision == previous.revision:
            return previous or Closings(revision)
        changed = sorted(changed_ids(self._database, store, previous.revision, revision))
        nuggets = find_nuggets(self._database, store, changed).values()
        closes = {**previous.closes, **{nugget.id: nugget.closes_us for nugget in nuggets}}
        return Closings(revision, {name: at for name, at in closes.items() if at != FOR_EVER})
