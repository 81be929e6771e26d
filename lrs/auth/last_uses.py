"""The day on which each credential was used last, so that those that nobody uses are found and revoked.

Written once a day for each credential and process, in the background: a request costs a look into a set.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timezone

from lrs.batched_writes import BatchedWrites
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
        self._day = ""
        self._noted: set[str] = set()
        self._writes: BatchedWrites[tuple[str, str]] = BatchedWrites("last uses", self._write, WITHIN_S)
        self.stop = self._writes.flush

    def note(self, key: str) -> None:
        """Note that a credential is used now."""
        day = today()
        if day == self._day and key in self._noted:
            return
        if day != self._day:
            self._day, self._noted = day, set()
        self._noted.add(key)
        self._writes.add((day, key))

    def _write(self, noted: Sequence[tuple[str, str]]) -> None:
        for day in sorted({day for day, _ in noted}):
            keys = {key for other, key in noted if other == day}
            try:
                note_last_use(self._database, sorted(keys), day)
            except LrsError as error:
                self._noted = self._noted - keys
                log_failure(_logger, "last_uses_not_written", error=type(error).__name__, lost=len(keys))


def today() -> str:
    """Return the day (UTC), such as 2026-11-30."""
    return datetime.now(timezone.utc).date().isoformat()
