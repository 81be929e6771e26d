"""Finishes or removes what processes that died left behind: at the start, and every minute."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict

from pymongo.errors import PyMongoError

from lrs.errors import LrsError
from lrs.logging import log_event, log_failure
from lrs.storage.attachments import remove_abandoned_uploads
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.statements.linking import NOTES, Linking

EVERY_S = 60

_logger = logging.getLogger("lrs.sweeping")


class Sweeper:
    """Sweeps when it is started and every minute from then on. `stop` it at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sweep_for_ever, name="sweeper", daemon=True)

    def start(self) -> None:
        """Sweep once, then regularly in the background."""
        remove_abandoned_uploads(self._database)
        link_what_was_left(self._database)
        self._thread.start()

    def stop(self) -> None:
        """Stop sweeping."""
        self._stopping.set()

    def _sweep_for_ever(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                link_what_was_left(self._database)
            except (LrsError, PyMongoError) as error:
                log_failure(_logger, "sweep_failed", error=type(error).__name__, retried_in_s=EVERY_S)


def link_what_was_left(database: Database) -> None:
    """Link the Statements that are noted as not linked yet; it does no harm if their own process does it too.

    A Statement that cannot be linked is left for the next sweep; the others are linked all the same.
    """
    noted: dict[StoreId, list[bytes]] = defaultdict(list)
    with unavailable_when_unreachable():
        for row in database.db[NOTES].find({}, ["store"]):
            noted[row["store"]].append(row["_id"])
    for store, keys in noted.items():
        linking = Linking(database, store)
        failed = sum(not _is_linked(linking, key) for key in keys)
        log_event(_logger, "linked_what_was_left", store=str(store), statements=len(keys), failed=failed)


def _is_linked(linking: Linking, key: bytes) -> bool:
    try:
        linking.link_again([key])
    except (LrsError, PyMongoError) as error:
        log_failure(_logger, "not_linked", statement=key[12:].hex(), error=type(error).__name__)
        return False
    return True
