"""The one write path of Statements: all rows of a batch, or none."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from bson import Binary
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, OperationFailure

from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.attachments import AttachmentFile, AttachmentsRepository, PublishedMeanwhileError
from lrs.storage.database import Database, Row, StoreId, unavailable_when_unreachable
from lrs.storage.landmarks import Landmarks
from lrs.storage.references import Reference, link_references
from lrs.storage.statements.rows import (
    DuplicateStatementsError,
    StatementRow,
    document_of,
    id_of_key,
    key_of,
)

DUPLICATE_KEY = 11000
TRANSACTION_TOO_LARGE = 313
ATTEMPTS = 10
SHORTEST_PAUSE_S = 0.002


class StatementWrites:
    """Stores the Statements of one store."""

    def __init__(self, database: Database, store: StoreId, landmarks: Landmarks) -> None:
        self._database = database
        self._store = store
        self._landmarks = landmarks
        self._rows = database.collection("statements", store)

    def store_rows(
        self, rows: Sequence[StatementRow], files: Sequence[AttachmentFile], before_commit: Callable[[], None]
    ) -> None:
        """Keep all rows and publish their files, or nothing; raise DuplicateStatementsError when ids are taken.

        What `before_commit` raises leaves nothing stored.
        """
        documents = [document_of(self._store, row) for row in rows]
        references = self._references(rows)
        with unavailable_when_unreachable():
            if len(rows) == 1 and not references and not files:
                before_commit()
                self._insert(documents, references, None)
                touched = self._referable(rows)
            else:
                touched = self._insert_together(rows, documents, references, files, before_commit)
            # A second look, after the commit: what another process committed meanwhile is visible only now.
            self._link(touched, references, None)
        self._landmarks.count(self._store, [row.seq for row in rows])

    def mend_links(self, rows: Sequence[StatementRow]) -> None:
        """Link rows that are stored already, in case the process that stored them died before it had."""
        with unavailable_when_unreachable():
            self._link([self._key(row.statement_id) for row in rows], self._references(rows), None)

    def _referable(self, rows: Sequence[StatementRow]) -> list[bytes]:
        return [self._key(row.statement_id) for row in rows if not row.has_new_id]

    def _insert_together(
        self,
        rows: Sequence[StatementRow],
        documents: list[Row],
        references: list[Reference],
        files: Sequence[AttachmentFile],
        before_commit: Callable[[], None],
    ) -> list[bytes]:
        new = self._referable(rows)
        for attempt in range(ATTEMPTS):
            try:
                with self._database.transaction() as session:
                    self._insert(documents, references, session)
                    if files:
                        AttachmentsRepository(self._database, self._store).publish(files, session)
                    touched = self._link(new, references, session)
                    before_commit()
                return touched
            except PublishedMeanwhileError:
                continue
            except OperationFailure as error:
                if error.code == TRANSACTION_TOO_LARGE:
                    message = (
                        "The batch is too large for one transaction of the database; send smaller batches."
                    )
                    raise PayloadTooLargeError(message) from error
                if not error.has_error_label("TransientTransactionError"):
                    raise
            time.sleep(random.uniform(0, SHORTEST_PAUSE_S * 2**attempt))
        raise ServiceUnavailableError(
            "Too many writers at the same Statements; send the batch again shortly."
        )

    def _insert(
        self, documents: list[Row], references: list[Reference], session: ClientSession | None
    ) -> None:
        try:
            self._rows.insert_many(documents, session=session)
        except BulkWriteError as error:
            self._explain_duplicates(documents, error)
        if references:
            rows = [self._reference_document(item) for item in references]
            self._database.collection("statement_references", self._store).insert_many(rows, session=session)

    def _link(
        self, new: Sequence[bytes], references: list[Reference], session: ClientSession | None
    ) -> list[bytes]:
        return link_references(self._database, self._store, new, references, session)

    def _explain_duplicates(self, documents: list[Row], error: BulkWriteError) -> None:
        codes = {item.get("code") for item in error.details.get("writeErrors", [])}
        if codes != {DUPLICATE_KEY}:
            raise error
        raise DuplicateStatementsError(self._fingerprints([item["_id"] for item in documents])) from error

    def find_fingerprints(self, statement_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the fingerprint of each Statement among these that is stored."""
        with unavailable_when_unreachable():
            return self._fingerprints([self._key(name) for name in statement_ids])

    def _fingerprints(self, keys: Sequence[bytes]) -> dict[str, bytes]:
        rows = self._rows.find({"_id": {"$in": list(keys)}}, ["fingerprint"])
        return {id_of_key(row["_id"]): bytes(row["fingerprint"]) for row in rows}

    def _key(self, statement_id: str) -> Binary:
        return key_of(self._store, statement_id)

    def _references(self, rows: Sequence[StatementRow]) -> list[Reference]:
        return [
            Reference(self._key(row.statement_id), self._key(row.reference), row.voids)
            for row in rows
            if row.reference
        ]

    def _reference_document(self, reference: Reference) -> Row:
        return {"source": reference.source, "target": reference.target, "voids": reference.voids}
