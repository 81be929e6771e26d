"""Group commit: Statements stored one a request at the same instant are inserted together, each atomic by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from lrs.errors import LrsError, PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.joining import Joined, Outcome
from lrs.storage.statement_documents import RowsSize, StatementRow, TakenError, document_of

LARGEST_JOINED = 64 * 1024


@dataclass(frozen=True, slots=True)
class Single:
    """A row to insert that points at nothing, and what must hold just before."""

    row: StatementRow
    before_commit: Callable[[], None]


class SingleWrites:
    """Inserts single Statements of one store, those of several threads in one durable insert."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._store = store
        self._engine = database.engine
        self._rows = database.collection("statements", store)
        self._joined = Joined(self._insert)

    def insert(self, single: Single) -> None:
        """Insert one row; raise TakenError if its id is taken."""
        if len(single.row.text) <= LARGEST_JOINED:
            self._joined.do(single)
            return
        [outcome] = self._insert([single])
        if outcome is not None:
            raise outcome

    def _insert(self, singles: Sequence[Single]) -> list[Outcome]:
        rows = [single.row for single in singles]
        try:
            with unavailable_when_unreachable():
                with self._engine.room(RowsSize(rows).total):
                    outcomes = self._insert_allowed(singles)
                kept = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome is None]
                self._engine.note_stored(self._store, sorted(kept, key=attrgetter("seq")))
        except (ServiceUnavailableError, PayloadTooLargeError) as error:
            return [type(error)(error.message) for _ in rows]
        return outcomes

    def _insert_allowed(self, singles: Sequence[Single]) -> list[Outcome]:
        """Insert the rows that nothing forbids now; return the outcome of each."""
        outcomes: list[Outcome] = [_barred(single) for single in singles]
        allowed = [place for place, reason in enumerate(outcomes) if reason is None]
        documents = [document_of(self._store, singles[place].row) for place in allowed]
        taken = insert_free(self._rows, documents, ordered=False) if documents else set()
        for number in taken:
            outcomes[allowed[number]] = TakenError()
        return outcomes


def _barred(single: Single) -> LrsError | None:
    try:
        single.before_commit()
    except LrsError as error:
        return error
    return None
