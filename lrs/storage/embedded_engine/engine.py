"""The engine for the embedded server: windows for its reads, a budget for its writes (docs/decisions/0002)."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from lrs.storage.embedded_engine.budget import BUDGET_BYTES, Budget
from lrs.storage.embedded_engine.density import Densities
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.embedded_engine.pages import EmbeddedPageReader
from lrs.storage.embedded_engine.weights import fitting, is_too_heavy, weigh
from lrs.storage.engine import Disk
from lrs.storage.statement_documents import StatementRow
from lrs.storage.tenancy import Collections, Row, StoreCollection, StoreId
from lrs.storage.transactions import WriteSize, run_transaction, too_large

CACHE_FULL = 313
ATTEMPTS, ATTEMPTS_ALONE = 10, 3
SHORTEST_PAUSE_S = 0.002
Result = TypeVar("Result")


class EmbeddedEngine:
    """Keeps landmarks, densities and the budget of this process."""

    indexes: ClassVar[Mapping[str, Sequence[IndexModel]]] = {
        "landmarks": [IndexModel([("store", ASCENDING), ("seq", ASCENDING)])]
    }
    numbered_writes: ClassVar[bool] = False
    """The server keeps each numbered write in one list and sorts all of it at every further one."""
    rows_per_command: ClassVar[int] = 50
    """While a command inserts, every other write waits: with 500 rows for 0.2 to 0.3 s, with 50 for 0.05 s."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections
        self._landmarks = Landmarks(collections)
        self._densities = Densities()
        self._budget = Budget()

    @staticmethod
    def recognises(build: Mapping[str, Any]) -> bool:
        """Return whether a server is the embedded one, according to its `buildInfo`."""
        return "secantusVersion" in build

    def page_reader(self, store: StoreId) -> EmbeddedPageReader:
        """Return a reader of one store's Statements."""
        statements = self._collections.collection("statements", store)
        return EmbeddedPageReader(statements, self._landmarks, self._densities)

    def transaction(self, size: WriteSize, work: Callable[[ClientSession], Result]) -> Result:
        """Return what `work` returns, done in one transaction; one beyond the budget waits until it is alone.

        Raises PayloadTooLargeError (413), ServiceUnavailableError (503) if others never let it through.
        """
        if is_too_heavy(size):
            raise too_large()
        weight = weigh(size)
        with self._budget.taken(weight):
            return self._try(work, ATTEMPTS if weight <= BUDGET_BYTES else ATTEMPTS_ALONE)

    def _try(self, work: Callable[[ClientSession], Result], attempts: int) -> Result:
        """Begin again when the cache is full of what other processes write, too: they will commit soon."""
        for attempt in range(attempts):
            try:
                return run_transaction(self._collections.client, work)
            except OperationFailure as error:
                if not _is_cache_full(error):
                    raise
            time.sleep(random.uniform(0, SHORTEST_PAUSE_S * 2**attempt))
        raise too_large()

    def room(self, size: WriteSize) -> AbstractContextManager[None]:
        """Hold room for a write outside of transactions; raise ServiceUnavailableError (503) if there is none."""
        return self._budget.taken_when_heavy(weigh(size))

    def parts(self, rows: Sequence[StatementRow]) -> Iterator[Sequence[StatementRow]]:
        """Yield rows that need not become visible together, as many at a time as the budget holds."""
        return fitting(rows)

    def note_stored(
        self, store: StoreId, rows: Sequence[StatementRow], session: ClientSession | None = None
    ) -> None:
        """Note a landmark wherever enough Statements came together."""
        self._landmarks.count(store, rows, session)

    def disk(self, folder: Path) -> Disk | None:
        """Return the space on the disk of the data folder."""
        with suppress(FileNotFoundError):
            usage = shutil.disk_usage(folder)
            return Disk(usage.total, usage.free)
        return None

    def read_chunks(self, chunks: StoreCollection, file_id: object, count: int) -> Iterator[Row]:
        """Read the chunks one by one: a sorted cursor would make the server hold all of them."""
        for number in range(count):
            row = chunks.find_one({"files_id": file_id, "n": number}, ["n", "data"])
            if row is not None:
                yield row


def _is_cache_full(error: OperationFailure) -> bool:
    """Return whether the server found a transaction too large; for one of very many bytes it says so only in words."""
    return error.code == CACHE_FULL or f"code: {CACHE_FULL}," in str(error)
