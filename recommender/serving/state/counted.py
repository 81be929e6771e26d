"""Who agrees to be counted in figures, or to another kind of consent, known within half a second in every process."""

from __future__ import annotations

from lrs.personas import Agreeing, find_agreeing
from lrs.storage.database import Database, StoreId
from recommender.serving.state.cache import Refreshed
from schemas.consents import Kind

HELD_S = 0.5
MOST_STORES = 1000


class Counted:
    """Keeps who agrees to a kind of consent in each store, never for longer than `held_s` seconds."""

    def __init__(self, database: Database, held_s: float = HELD_S, kind: Kind = "figures") -> None:
        self._database = database
        self._kind: Kind = kind
        self._cache: Refreshed[StoreId, Agreeing] = Refreshed(
            self._read, held_s / 2, MOST_STORES, serves_old=lambda agreeing, age_s: age_s < held_s
        )

    def find(self, store: StoreId) -> Agreeing:
        """Return who agrees in a store."""
        return self._cache.get(store)

    def _read(self, store: StoreId, previous: Agreeing | None) -> Agreeing:
        return find_agreeing(self._database, store, self._kind)
