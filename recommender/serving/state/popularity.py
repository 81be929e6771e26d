"""The popular nuggets of a store that has no model yet."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from lrs.storage.database import Database, StoreId
from recommender.errors import SyncInProgressError
from recommender.interactions.sync import sync_interactions
from recommender.storage.interactions import count_learners, find_watermark

MOST_NUGGETS = 2000
MOST_STATEMENTS_A_REQUEST = 1000
COUNT_EVERY_S = 2.0

Popular = tuple[tuple[str, float, int], ...]
"""Activities with the interest in them and how many learners took each, the most interesting first."""


@dataclass(frozen=True, slots=True)
class _Counted:
    watermark: bytes
    at: float
    popular: Popular


class PopularNuggets:
    """Counts who took what, again only after new Statements were read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: dict[StoreId, _Counted] = {}
        self._lock = threading.Lock()

    def find(self, store: StoreId) -> Popular:
        """Return the nuggets that learners took or looked at, the most popular first."""
        self._read_some_statements(store)
        watermark = find_watermark(self._database, store)
        with self._lock:
            counted = self._counted.get(store)
            if counted is None or self._is_stale(counted, watermark):
                popular = tuple(count_learners(self._database, store, MOST_NUGGETS))
                counted = _Counted(watermark, time.monotonic(), popular)
                self._counted[store] = counted
        return counted.popular

    def _is_stale(self, counted: _Counted, watermark: bytes) -> bool:
        if not counted.popular:
            return counted.watermark != watermark
        return counted.watermark != watermark and time.monotonic() - counted.at > COUNT_EVERY_S

    def _read_some_statements(self, store: StoreId) -> None:
        """Nobody trained yet, so nobody may have read the Statements: read a bounded number now."""
        try:
            sync_interactions(self._database, store, most=MOST_STATEMENTS_A_REQUEST, wait_s=0)
        except SyncInProgressError:
            return
