"""How often requests of each credential were refused, and by which rule; for the people who run its client."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from lrs.auth.stores import Store
from lrs.batched_writes import BatchedWrites
from lrs.errors import LrsError
from lrs.logging import log_failure
from lrs.storage.database import Database
from lrs.storage.refusals import CountedRefusals, RefusalKind, RefusalsRepository
from lrs.storage.stores import find_credential_rows

EVERY_S = 1.0

_logger = logging.getLogger("lrs.auth")


class RefusalCounts:
    """Adds to what the database holds a second later. `stop` it at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writes = BatchedWrites("refusals", self._write, EVERY_S)
        self.stop = self._writes.flush

    def count(self, key: str, code: str, rule: str) -> None:
        """Count one refusal of a request that came with this key."""
        self._writes.add(RefusalKind(key, code, rule))

    def _write(self, refused: Sequence[RefusalKind]) -> None:
        try:
            self._add(Counter(refused))
        except LrsError as error:
            log_failure(_logger, "refusals_not_counted", error=type(error).__name__, lost=len(refused))

    def _add(self, counted: Counter[RefusalKind]) -> None:
        """Add to the counts of the stores of these keys; a key that never was a credential's has no store."""
        rows = find_credential_rows(self._database, list({kind.key for kind in counted}))
        stores = {row.key: row.store for row in rows}
        for kind, number in counted.items():
            if kind.key in stores:
                RefusalsRepository(self._database, stores[kind.key]).add(kind, number)


def find_refusals(database: Database, store: Store, days: int) -> list[CountedRefusals]:
    """Return what was refused in a store today and on the days before, newest day first."""
    first = datetime.now(timezone.utc).date() - timedelta(days=days - 1)
    return RefusalsRepository(database, store.id).find_since(first)
