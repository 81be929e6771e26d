"""Does by itself, in the background of the processes that serve, what is due.

It goes on with interrupted erasures, and carries out the rules of retention of all stores, each day.
"""

from __future__ import annotations

import atexit
import logging
import threading

from lrs.errors import LrsError, NotFoundError
from lrs.logging import log_event, log_failure
from lrs.privacy.erasing import Holdings, run_erasure
from lrs.privacy.retention import DAY_US, Selection, remove_selected, retain
from lrs.storage.database import Database, StoreId
from lrs.storage.erasures import ErasuresRepository, find_abandoned
from lrs.storage.stored_time import now_us
from lrs.storage.stores import take_due_rows

LOOK_EVERY_S = 2.0
END_S = 5.0
_logger = logging.getLogger("lrs.privacy")


class Upkeep:
    """Looks every two seconds; of several processes one does what is due. `start` it once."""

    def __init__(self, database: Database, holdings: Holdings) -> None:
        self._database = database
        self._holdings = holdings
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Look no more; what is under way may be interrupted, and is gone on with later."""
        self._ended.set()
        self._thread.join(END_S)

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            try:
                self._do_what_is_due()
            except LrsError as error:  # the database is away
                log_failure(_logger, "upkeep_failed", error=type(error).__name__)
            except Exception as error:  # whatever it is, it must be seen in the log, and it is tried again
                _logger.error("upkeep failed", exc_info=error)

    def _do_what_is_due(self) -> None:
        for store, erasure_id in find_abandoned(self._database):
            if ErasuresRepository(self._database, store).take(erasure_id):
                finish_erasure(self._database, store, erasure_id, self._holdings)
        for row in take_due_rows(self._database, now_us() - DAY_US):
            removed = retain(self._database, row.id, row.retention, self._holdings)
            log_event(_logger, "retention_done", store=str(row.id), statements=sum(removed.values()))


def finish_erasure(database: Database, store: StoreId, erasure_id: str, holdings: Holdings) -> None:
    """Do an erasure, of a person or of a selection of Statements, from wherever it is; a failure is logged."""
    try:
        erasure = ErasuresRepository(database, store).find(erasure_id)
        if erasure is not None and "selection" in erasure.what:
            selection = Selection(**erasure.what["selection"])
            remove_selected(database, store, selection, holdings, erasure_id=erasure_id)
        else:
            run_erasure(database, store, erasure_id, holdings)
        log_event(_logger, "erasure_finished", store=str(store), erasure=erasure_id)
    except NotFoundError:
        return  # it went with its store
    except LrsError as error:
        log_failure(_logger, "erasure_interrupted", erasure=erasure_id, error=type(error).__name__)
    except Exception as error:  # whatever it is, it must be seen in the log, and it is tried again
        _logger.error("erasure %s interrupted", erasure_id, exc_info=error)
