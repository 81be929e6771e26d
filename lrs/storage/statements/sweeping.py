"""Finishing or removing what processes that died left behind, now and again."""

from __future__ import annotations

import logging
import threading

from pymongo.errors import PyMongoError

from lrs.errors import LrsError
from lrs.storage.attachments import remove_abandoned_uploads
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.embedded_engine.awaited import AwaitedTargets
from lrs.storage.statements.large_batches import COLLECTION, UNFINISHED, LargeBatches, is_over
from lrs.storage.statements.publication import link_batch
from lrs.storage.stored_time import database_time

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
            except Exception:  # none may end the thread
                _logger.exception("not swept; tried again in a minute")


def sweep_large_batches(database: Database) -> None:
    """Finish or remove the large batches that were left behind.

    One that fails is left for the next time, and keeps no other from being finished.
    """
    with unavailable_when_unreachable():
        unfinished = {"state": {"$in": UNFINISHED}}
        now = database_time(database)
        rows = [row for row in database.db[COLLECTION].find(unfinished) if is_over(row, now)]
    finished = sum(_try_to_finish(database, row) for row in rows)
    if finished:
        _logger.info("%d large batches finished or removed", finished)


def _try_to_finish(database: Database, row: Row) -> bool:
    try:
        return _finish(database, row["store"], row)
    except (LrsError, PyMongoError):
        _logger.exception("a large batch could not be finished")
        return False


def _finish(database: Database, store: StoreId, row: Row) -> bool:
    """Finish one batch, unless another process does."""
    batches = LargeBatches(database, store)
    if not batches.claim(row):
        return False
    if not batches.remove(row["seq"]):
        link_batch(database, store, AwaitedTargets(database, store), row["seq"])
        batches.finish(row["seq"])
        batches.forget_seen(row["seq"])
    return True
