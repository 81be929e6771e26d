"""Finishing or removing what processes that died left behind, now and again."""

from __future__ import annotations

import logging
import threading

from pymongo.errors import PyMongoError

from lrs.errors import LrsError
from lrs.storage.attachments import remove_abandoned_uploads
from lrs.storage.awaited import AwaitedTargets
from lrs.storage.clock import database_time
from lrs.storage.database import Database, Row, StoreId, unavailable_when_unreachable
from lrs.storage.statements.large_batches import (
    ABANDONED,
    COLLECTION,
    OPEN,
    PUBLISHED,
    LargeBatches,
    is_over,
)
from lrs.storage.statements.publication import link_batch

EVERY_S = 60

_logger = logging.getLogger("lrs.large_batches")


class Sweeper:
    """Sweeps when it is started and every minute from then on. `stop` it at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sweep_for_ever, name="sweeper", daemon=True)

    def start(self) -> None:
        """Sweep once; go on beside the requests."""
        remove_abandoned_uploads(self._database)
        sweep_large_batches(self._database)
        self._thread.start()

    def stop(self) -> None:
        """Sweep no more."""
        self._stopping.set()

    def _sweep_for_ever(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                sweep_large_batches(self._database)
            except (LrsError, PyMongoError) as error:  # the next minute, then
                _logger.warning("not swept: %s", type(error).__name__)


def sweep_large_batches(database: Database) -> int:
    """Finish or remove the large batches that were left behind; return how many that were."""
    with unavailable_when_unreachable():
        unfinished = {"state": {"$in": [OPEN, PUBLISHED, ABANDONED]}}
        now = database_time(database)
        rows = [row for row in database.db[COLLECTION].find(unfinished) if is_over(row, now)]
        for row in rows:
            _finish(database, row["store"], row)
    if rows:
        _logger.info("%d large batches finished or removed", len(rows))
    return len(rows)


def _finish(database: Database, store: StoreId, row: Row) -> None:
    batches = LargeBatches(database, store)
    if row["state"] != PUBLISHED and batches.remove(row["seq"]):
        return
    link_batch(database, store, AwaitedTargets(database, store), row["seq"])
    batches.finish(row["seq"])
