"""Counters of requests that all processes share, for the `limits` package."""

from __future__ import annotations

from typing import Any

from limits.storage.mongodb import MongoDBStorageBase
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from lrs.storage.database import Database, Row

COLLECTION = "rate_limits"


class RateLimitCounters(MongoDBStorageBase):
    """Counts in the service's own database, over its connections. A count may be lost with the primary."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__("", database.db.name)
        self._rows = database.db[COLLECTION].with_options(write_concern=WriteConcern(w=1))
        self._client = database.client

    @property
    def storage(self) -> Any:
        """Return the client of the service; its indexes are declared in `lrs.storage.records`."""
        return self._client

    @property
    def counters(self) -> Collection[Row]:
        """Return the collection of counters."""
        return self._rows

    def _init_mongo_client(self, uri: str | None, **options: Any) -> Any:
        return self._client

    def __del__(self) -> None:
        """Leave the client open: it is not ours to close."""
