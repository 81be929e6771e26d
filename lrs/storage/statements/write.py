"""The one write path of Statements: all rows of a batch, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bson import Binary
from pymongo.client_session import ClientSession

from lrs.errors import ServiceUnavailableError
from lrs.storage.attachments import AttachmentFile, AttachmentsRepository
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.statement_documents import (
    DuplicateStatementsError,
    RowsSize,
    StatementRow,
    TakenError,
    document_of,
    id_of_key,
    is_statement,
    key_of,
)
from lrs.storage.statements.duplicates import stored_fingerprints
from lrs.storage.statements.group_commit import Single, SingleWrites
from lrs.storage.statements.linking import Linking
from lrs.storage.statements.references import Reference, references_in

ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to store in one transaction, and what must hold just before its commit."""

    rows: Sequence[StatementRow]
    documents: list[Row]
    files: Sequence[AttachmentFile]
    before_commit: Callable[[], None]

    @property
    def keys(self) -> list[bytes]:
        """The `_id`s of the Statements."""
        return [bytes(item["_id"]) for item in self.documents]


class StatementWrites:
    """Stores the Statements of one store; share it between threads, so that they can join their commits."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store
        self._rows = database.collection("statements", store)
        self._linking = Linking(database, store)
        self._singles = SingleWrites(database, store)

    def store_rows(
        self, rows: Sequence[StatementRow], files: Sequence[AttachmentFile], before_commit: Callable[[], None]
    ) -> None:
        """Keep all rows and publish their files, or nothing; raise DuplicateStatementsError when ids are taken.

        What `before_commit` raises leaves nothing stored.
        """
        if len(rows) == 1 and not rows[0].reference and not files:
            self._store_single(rows[0], before_commit)
        else:
            self._store_together(rows, files, before_commit)
        self._database.usage.add(self._store, sum(len(row.text) for row in rows))

    def parts(self, rows: Sequence[StatementRow]) -> Iterator[Sequence[StatementRow]]:
        """Yield rows that need not become visible together, as many at a time as the database takes well."""
        return self._database.engine.parts(rows)

    def _store_single(self, row: StatementRow, before_commit: Callable[[], None]) -> None:
        try:
            self._singles.insert(Single(row, before_commit))
        except TakenError:
            self._store_together([row], [], before_commit)

    def _store_together(
        self, rows: Sequence[StatementRow], files: Sequence[AttachmentFile], before_commit: Callable[[], None]
    ) -> None:
        batch = Batch(rows, [document_of(self._store, row) for row in rows], files, before_commit)
        awaited: list[bytes] = []
        with unavailable_when_unreachable():
            for _ in range(ATTEMPTS):
                try:
                    self._commit(batch, awaited)
                    return
                except TakenError:
                    self._require_free(batch)
                    awaited = self._linking.reserved_among(batch.keys)
        raise ServiceUnavailableError("Other clients are storing the same Statements; send the batch again.")

    def _require_free(self, batch: Batch) -> None:
        stored = stored_fingerprints(self._database, self._store, batch.keys)
        if stored:
            raise DuplicateStatementsError(stored)

    def _commit(self, batch: Batch, awaited: Sequence[bytes]) -> None:
        """Store a batch of which others point at the `awaited` Statements, then link it; raise TakenError."""
        references = references_in(self._store, batch.documents)

        def work(session: ClientSession) -> list[Reference]:
            self._linking.free(awaited, session)
            for some in in_chunks(batch.documents, self._database.engine.rows_per_command):
                if insert_free(self._rows, some, ordered=True, session=session):
                    raise TakenError
            ready = self._linking.prepare(references, awaited, set(batch.keys), session)
            self._database.engine.note_stored(self._store, batch.rows, session)
            if batch.files:
                AttachmentsRepository(self._database, self._store).publish(batch.files, session)
            batch.before_commit()
            return ready

        ready = self._database.in_transaction(RowsSize(batch.rows).total, work)
        self._linking.link(ready, awaited)

    def mend_links(self, statement_ids: Iterable[str]) -> None:
        """Link Statements that are stored already, in case the process that stored them died before it had."""
        keys = [self._key(name) for name in statement_ids]
        if keys:
            with unavailable_when_unreachable():
                self._linking.link_again(keys)

    def find_credentials(self, statement_ids: Sequence[str]) -> dict[str, str]:
        """Return with which credential each Statement among these was stored that may be voided."""
        keys = [self._key(name) for name in statement_ids]
        with unavailable_when_unreachable():
            found = self._rows.find({"_id": {"$in": keys}}, ["seq", "credential", "voids"])
        rows = [row for row in found if is_statement(row) and not row["voids"]]
        return {id_of_key(row["_id"]): row["credential"] for row in rows}

    def find_fingerprints(self, statement_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the fingerprint of each Statement among these that is stored."""
        with unavailable_when_unreachable():
            return stored_fingerprints(
                self._database, self._store, [self._key(name) for name in statement_ids]
            )

    def _key(self, statement_id: str) -> Binary:
        return key_of(self._store, statement_id)
