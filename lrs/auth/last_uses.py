"""The day on which each credential was used last, so that those that nobody uses are found and revoked.

Written once a day for each credential and process, in the background: a request costs a look into a set.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timezone

from lrs.errors import LrsError
from lrs.logging import log_failure
from lrs.storage.database import Database
from lrs.storage.stores import note_last_use

WITHIN_S = 1.0

_logger = logging.getLogger("lrs.auth")


class LastUses:
    """Notes in memory who was used, and writes it a second later. `stop` it at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._day = ""
        self._noted: set[str] = set()
        self._waiting: set[str] = set()
        self._timer: threading.Timer | None = None

    def note(self, key: str) -> None:
        """Note that a credential is used now."""
        day = today()
        if day == self._day and key in self._noted:
            return
        with self._lock:
            if day != self._day:
                self._day, self._noted = day, set()
            self._noted.add(key)
            self._waiting.add(key)
            if self._timer is None:
                self._timer = threading.Timer(WITHIN_S, self._write)
                self._timer.daemon = True
                self._timer.start()

    def stop(self) -> None:
        """Write what was noted."""
        if self._timer is not None:
            self._timer.cancel()
            self._write()

    def _write(self) -> None:
        with self._lock:
            day, waiting, self._waiting, self._timer = self._day, self._waiting, set(), None
        try:
            note_last_use(self._database, sorted(waiting), day)
        except LrsError as error:
            with self._lock:
                self._noted -= waiting
            log_failure(_logger, "last_uses_not_written", error=type(error).__name__, lost=len(waiting))


def today() -> str:
    """Return the day (UTC), such as 2026-11-30."""
    return datetime.now(timezone.utc).date().isoformat()
