"""The popular nuggets of a store that has no model yet."""

from __future__ import annotations

from contextlib import suppress

from lrs.storage.database import Database, StoreId
from recommender.errors import SyncInProgressError
from recommender.interactions.sync import sync_interactions
from recommender.storage.interactions import count_learners
from recommender.storage.reading import find_watermark

MOST_NUGGETS = 2000
MOST_STATEMENTS = 1000

Popular = tuple[tuple[str, float, int], ...]
"""Activities with the interest in them and how many learners took each, the most interesting first."""


def sync_some(database: Database, store: StoreId) -> bytes:
    """Read a bounded number of new Statements, as no training may have read any; return the watermark."""
    with suppress(SyncInProgressError):
        sync_interactions(database, store, most=MOST_STATEMENTS, wait_s=0)
    return find_watermark(database, store)


def read_popular(database: Database, store: StoreId) -> Popular:
    """Count the nuggets that learners took or looked at, as far as the Statements were read."""
    return tuple(count_learners(database, store, MOST_NUGGETS))
