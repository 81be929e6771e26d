"""The parts that depend on the database server: how pages are read, and how much one transaction may hold.

Everything else in `lrs.storage` is the same on every server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from pymongo import IndexModel
from pymongo.client_session import ClientSession

from lrs.storage.statement_documents import RowsPage, SeqRange, StatementRow
from lrs.storage.statement_filters import StatementFilter
from lrs.storage.tenancy import Row, StoreCollection, StoreId
from lrs.storage.transactions import WriteSize

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk that the database writes to."""

    total: int
    free: int


class PageReader(Protocol):
    """Reads the Statements of one store in the order in which they were stored."""

    def read(
        self,
        wanted: StatementFilter,
        span: SeqRange,
        fields: Mapping[str, bool],
        *,
        ascending: bool,
        limit: int,
    ) -> RowsPage:
        """Return the first rows of the span that match (the last ones, newest first, unless ascending).

        There are at most `limit`, and fewer where their texts are more than a chunk of bytes (`in_chunks`).
        """
        ...

    def iterate_after(
        self, wanted: StatementFilter, after: bytes, fields: Mapping[str, bool]
    ) -> Iterator[Row]:
        """Stream the rows that match after an order key, in order; mostly there are few."""
        ...


class Engine(Protocol):
    """One per database and process; share it between threads.

    `indexes` are those of its own collections, which hold order keys and sizes and nothing of people.
    `numbered_writes` tells whether the driver numbers its writes, so that it can send again those whose answer was
    lost.
    """

    indexes: ClassVar[Mapping[str, Sequence[IndexModel]]]
    numbered_writes: ClassVar[bool]
    rows_per_command: ClassVar[int]
    """How many Statements of a batch go into one command: where commands wait for each other, no more than a few."""

    def page_reader(self, store: StoreId) -> PageReader:
        """Return a reader of one store's Statements."""
        ...

    def transaction(self, size: WriteSize, work: Callable[[ClientSession], Result]) -> Result:
        """Return what `work` returns, done in one transaction.

        Raises PayloadTooLargeError (413), ServiceUnavailableError (503) if others never let it through.
        """
        ...

    def room(self, size: WriteSize) -> AbstractContextManager[None]:
        """Hold room for a write outside of transactions; raise ServiceUnavailableError (503) if there is none."""
        ...

    def parts(self, rows: Sequence[StatementRow]) -> Iterator[Sequence[StatementRow]]:
        """Split rows that need not become visible together into groups of a size that is efficient to store."""
        ...

    def note_stored(
        self, store: StoreId, rows: Sequence[StatementRow], session: ClientSession | None = None
    ) -> None:
        """Note that these Statements, in the order of their keys, are stored; page readers may use this."""
        ...

    def disk(self, folder: Path) -> Disk | None:
        """Return the space on the database's disk, which has `folder` if it is local; None if it is not known."""
        ...

    def read_chunks(self, chunks: StoreCollection, file_id: object, count: int) -> Iterator[Row]:
        """Stream the chunks (`n`, `data`) of an attachment in order; one that is missing is left out."""
        ...
