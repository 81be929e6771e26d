"""Free space on the database's disk: below a floor writes are refused, while reads go on."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from lrs.errors import InsufficientStorageError
from lrs.logging import log_failure
from lrs.storage.engine import Disk, Engine

FLOOR_SHARE = 4
"""On a small disk the floor is a quarter of it: a database needs room for its journal and its checkpoints."""
LOOKS_EVERY_S = 0.5
SAYS_EVERY_S = 60.0

_logger = logging.getLogger("lrs.disk")


class DiskSpace:
    """Knows whether there is room for writes; looks again twice a second at most. Share it between threads."""

    def __init__(self, engine: Engine, folder: Path, min_free_bytes: int) -> None:
        self._engine = engine
        self._folder = folder
        self._min_free_bytes = min_free_bytes
        self._lock = threading.Lock()
        self._disk: Disk | None = None
        self._looked_at = -LOOKS_EVERY_S
        self._said_at = -SAYS_EVERY_S

    def is_low(self) -> bool:
        """Return whether less than the floor is free; False where the database does not tell."""
        disk = self.measure()
        return disk is not None and disk.free < self.floor(disk)

    def require(self) -> None:
        """Raise InsufficientStorageError (507) if less than the floor is free."""
        if self.is_low():
            raise InsufficientStorageError(
                "The disk of the database is nearly full, so nothing is stored until there is space again. Send the "
                "request again later; reading goes on."
            )

    def floor(self, disk: Disk) -> int:
        """Return how many bytes must stay free."""
        return min(self._min_free_bytes, disk.total // FLOOR_SHARE)

    def measure(self) -> Disk | None:
        """Return the space as it was half a second ago at most; None where the database does not tell."""
        with self._lock:
            if time.monotonic() - self._looked_at > LOOKS_EVERY_S:
                self._disk, self._looked_at = self._engine.disk(self._folder), time.monotonic()
                self._warn_if_low()
            return self._disk

    def _warn_if_low(self) -> None:
        disk = self._disk
        is_low = disk is not None and disk.free < self.floor(disk)
        if disk and is_low and time.monotonic() - self._said_at > SAYS_EVERY_S:
            self._said_at = time.monotonic()
            log_failure(_logger, "disk_nearly_full", free_bytes=disk.free, floor_bytes=self.floor(disk))
