"""Statements stored one a request: those of one instant are inserted together, each atomic by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lrs.errors import LrsError, PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.embedded_engine.awaited import AwaitedTargets
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.embedded_engine.weights import weigh
from lrs.storage.inserts import insert_free
from lrs.storage.joining import Joined, Outcome
from lrs.storage.statements.documents import StatementRow, document_of, key_of
from lrs.storage.statements.references import link_references

LARGEST_JOINED = 64 * 1024


@dataclass(frozen=True, slots=True)
class Single:
    """A row to insert that points at nothing, and what must hold just before."""

    row: StatementRow
    before_commit: Callable[[], None]


class TakenError(Exception):
    """A Statement with this id is stored already."""


class SingleWrites:
    """Inserts single Statements of one store, those of several threads in one durable insert."""

    def __init__(
        self, database: Database, store: StoreId, landmarks: Landmarks, awaited: AwaitedTargets
    ) -> None:
        self._database = database
        self._store = store
        self._awaited = awaited
        self._landmarks = landmarks
        self._rows = database.collection("statements", store)
        self._joined = Joined(self._insert)

    def insert(self, single: Single) -> None:
        """Insert one row and link what points at it; raise TakenError if its id is taken."""
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
                with self._database.room.taken_when_heavy(weigh(rows)):
                    outcomes = self._insert_allowed(singles)
                self._note([row for row, outcome in zip(rows, outcomes, strict=True) if outcome is None])
        except (ServiceUnavailableError, PayloadTooLargeError) as error:
            return [type(error)(error.message) for _ in rows]
        return outcomes

    def _insert_allowed(self, singles: Sequence[Single]) -> list[Outcome]:
        """Insert those that nothing bars at this moment; return what became of each."""
        outcomes: list[Outcome] = [_barred(single) for single in singles]
        allowed = [place for place, reason in enumerate(outcomes) if reason is None]
        documents = [document_of(self._store, singles[place].row) for place in allowed]
        taken = insert_free(self._rows, documents, ordered=False) if documents else set()
        for number in taken:
            outcomes[allowed[number]] = TakenError()
        return outcomes

    def _note(self, kept: Sequence[StatementRow]) -> None:
        # After the commit: what another process committed meanwhile is visible only now.
        referable = [key_of(self._store, row.statement_id) for row in kept if not row.has_new_id]
        link_references(self._database, self._store, self._awaited.among(referable), [])
        self._landmarks.count(self._store, sorted(row.seq for row in kept))


def _barred(single: Single) -> LrsError | None:
    try:
        single.before_commit()
    except LrsError as error:
        return error
    return None
