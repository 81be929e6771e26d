"""The engine for MongoDB: an index that ends in the order key serves a page by one query, whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import ClassVar, TypeVar

from pymongo import IndexModel
from pymongo.client_session import ClientSession

from lrs.storage.chunks import first_chunk, text_bytes
from lrs.storage.engine import Disk
from lrs.storage.statement_documents import HIGHEST_SEQ, RowsPage, SeqRange, StatementRow
from lrs.storage.statement_filters import StatementFilter, between, build_condition
from lrs.storage.tenancy import Collections, Row, StoreCollection, StoreId
from lrs.storage.transactions import WriteSize, run_transaction

CHUNKS_AT_ONCE = 4
Result = TypeVar("Result")


class MongodbPageReader:
    """Reads pages of one store: filter, sort and limit, done by the database."""

    def __init__(self, statements: StoreCollection) -> None:
        self._rows = statements

    def read(
        self,
        wanted: StatementFilter,
        span: SeqRange,
        fields: Mapping[str, bool],
        *,
        ascending: bool,
        limit: int,
    ) -> RowsPage:
        """Return the first rows of the span that match (the last ones, newest first, unless ascending)."""
        found = self._iterate(wanted, span, fields, ascending=ascending, limit=limit + 1)
        return RowsPage(*first_chunk(found, limit, text_bytes))

    def iterate_after(
        self, wanted: StatementFilter, after: bytes, fields: Mapping[str, bool]
    ) -> Iterator[Row]:
        """Stream the rows that match after an order key, in order."""
        return self._iterate(wanted, SeqRange(after, HIGHEST_SEQ), fields, ascending=True)

    def _iterate(
        self,
        wanted: StatementFilter,
        span: SeqRange,
        fields: Mapping[str, bool],
        *,
        ascending: bool,
        limit: int = 0,
    ) -> Iterator[Row]:
        condition, order = build_condition(wanted), [("seq", 1 if ascending else -1)]
        whole = {**condition.indexed, **condition.rest, **between(span)}
        return self._rows.iterate(whole, fields, sort=order, limit=limit)


class MongodbEngine:
    """Nothing needs to be kept or limited here: the database does it."""

    indexes: ClassVar[Mapping[str, Sequence[IndexModel]]] = {}
    numbered_writes: ClassVar[bool] = True
    rows_per_command: ClassVar[int] = 100_000

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    def page_reader(self, store: StoreId) -> MongodbPageReader:
        """Return a reader of one store's Statements."""
        return MongodbPageReader(self._collections.collection("statements", store))

    def transaction(self, size: WriteSize, work: Callable[[ClientSession], Result]) -> Result:
        """Return what `work` returns, done in one transaction, whatever its size."""
        return run_transaction(self._collections.client, work)

    def room(self, size: WriteSize) -> AbstractContextManager[None]:
        """There is always room."""
        return nullcontext()

    def parts(self, rows: Sequence[StatementRow]) -> Iterator[Sequence[StatementRow]]:
        """Yield all rows at once."""
        yield rows

    def note_stored(
        self, store: StoreId, rows: Sequence[StatementRow], session: ClientSession | None = None
    ) -> None:
        """Nothing needs to be noted: the index has the order keys."""

    def disk(self, folder: Path) -> Disk | None:
        """Return what the server says of its disk; a router of shards says nothing."""
        stats = self._collections.db.command("dbStats")
        if "fsTotalSize" not in stats:
            return None
        return Disk(int(stats["fsTotalSize"]), int(stats["fsTotalSize"] - stats["fsUsedSize"]))

    def read_chunks(self, chunks: StoreCollection, file_id: object, count: int) -> Iterator[Row]:
        """Stream the chunks by one sorted cursor, some at a time."""
        return chunks.iterate(
            {"files_id": file_id}, ["n", "data"], sort=[("n", 1)], batch_size=CHUNKS_AT_ONCE
        )
