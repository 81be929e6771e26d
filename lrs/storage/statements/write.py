"""The one write path of Statements: all rows of a batch, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from bson import Binary
from pymongo.client_session import ClientSession

from lrs.errors import PayloadTooLargeError
from lrs.storage.attachments import AttachmentFile, AttachmentsRepository
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.embedded_engine.awaited import AwaitedTargets
from lrs.storage.embedded_engine.budget import TRANSACTIONS_BYTES
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.embedded_engine.weights import fitting, weigh
from lrs.storage.inserts import insert_free
from lrs.storage.statements.documents import DuplicateStatementsError, StatementRow, document_of, key_of
from lrs.storage.statements.duplicates import duplicates_among, stored_fingerprints
from lrs.storage.statements.group_commit import Single, SingleWrites, TakenError
from lrs.storage.statements.large_batches import LargeBatches
from lrs.storage.statements.linking import LINKING_FIELDS, link_stored, references_in
from lrs.storage.statements.publication import Publication, publication
from lrs.storage.statements.references import Reference, link_references, reference_document
from lrs.storage.transactions import in_transaction


class StatementWrites:
    """Stores the Statements of one store; share it between threads, so that they can join their commits."""

    def __init__(self, database: Database, store: StoreId, landmarks: Landmarks) -> None:
        self._database = database
        self._store = store
        self._landmarks = landmarks
        self._rows = database.collection("statements", store)
        self._awaited = AwaitedTargets(database, store)
        self._batches = LargeBatches(database, store)
        self._singles = SingleWrites(database, store, landmarks, self._awaited)

    def store_rows(
        self, rows: Sequence[StatementRow], files: Sequence[AttachmentFile], before_commit: Callable[[], None]
    ) -> None:
        """Keep all rows and publish their files, or nothing; raise DuplicateStatementsError when ids are taken.

        What `before_commit` raises leaves nothing stored.
        """
        if len(rows) == 1 and not rows[0].reference and not files:
            self._store_single(Single(rows[0], before_commit))
        elif (weight := weigh(rows)) <= TRANSACTIONS_BYTES or len(rows) == 1:
            with unavailable_when_unreachable():
                self._store_together(rows, files, before_commit, weight)
        elif files:
            raise PayloadTooLargeError(
                "These Statements have more text and are found by more Agents and Activities than is stored at once "
                "together with attachments; send those that have attachments by themselves."
            )
        else:
            self._store_in_parts(rows, before_commit)

    def _store_single(self, single: Single) -> None:
        try:
            self._singles.insert(single)
        except TakenError as error:
            with unavailable_when_unreachable():
                raise duplicates_among(
                    self._database, self._store, [self._key(single.row.statement_id)]
                ) from error

    def _store_in_parts(self, rows: Sequence[StatementRow], before_commit: Callable[[], None]) -> None:
        if stored := self.find_fingerprints([row.statement_id for row in rows]):
            raise DuplicateStatementsError(stored)  # all of them, not those of one part
        with self.large_batch(rows[0].seq) as batch:
            for part in fitting(rows):
                batch.add(part)
            batch.publish(before_commit)

    def large_batch(self, seq: bytes) -> AbstractContextManager[Publication]:
        """Open a batch that is too large for one transaction: all of it is published, or nothing.

        `seq` is an order key of it.
        """
        return publication(self._database, self._store, self._landmarks, self._awaited, seq)

    def mend_links(self, statement_ids: Iterable[str]) -> None:
        """Link Statements that are stored already, in case the process that stored them died before it had."""
        keys = [self._key(name) for name in statement_ids]
        if keys:
            with unavailable_when_unreachable():
                rows = self._rows.find({"_id": {"$in": keys}}, LINKING_FIELDS)
                link_stored(self._database, self._store, self._awaited, rows)

    def _referable(self, rows: Sequence[StatementRow]) -> list[bytes]:
        return [self._key(row.statement_id) for row in rows if not row.has_new_id]

    def _store_together(
        self,
        rows: Sequence[StatementRow],
        files: Sequence[AttachmentFile],
        before_commit: Callable[[], None],
        weight: int,
    ) -> None:
        documents = [document_of(self._store, row) for row in rows]
        references = references_in(self._store, documents)
        self._awaited.expect(references, {bytes(item["_id"]) for item in documents})

        def work(session: ClientSession) -> bool:
            self._insert(documents, references, session)
            self._landmarks.count(self._store, [row.seq for row in rows], session)
            if files:
                AttachmentsRepository(self._database, self._store).publish(files, session)
            is_linked = not references and not self._awaited.among(self._referable(rows))
            if not is_linked:
                self._batches.note_seen(rows[0].seq, session)
            before_commit()
            return is_linked

        is_linked = in_transaction(self._database, weight, work)
        # After the commit: what another process committed meanwhile is visible only now.
        link_references(self._database, self._store, self._awaited.among(self._referable(rows)), references)
        if not is_linked:
            self._batches.forget_seen(rows[0].seq)

    def _insert(self, documents: list[Row], references: list[Reference], session: ClientSession) -> None:
        if insert_free(self._rows, documents, ordered=True, session=session):
            raise duplicates_among(self._database, self._store, [item["_id"] for item in documents])
        if references:
            rows = [reference_document(item) for item in references]
            self._database.collection("statement_references", self._store).insert_many(rows, session=session)

    def find_fingerprints(self, statement_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the fingerprint of each Statement among these that is stored."""
        with unavailable_when_unreachable():
            return stored_fingerprints(
                self._database, self._store, [self._key(name) for name in statement_ids]
            )

    def _key(self, statement_id: str) -> Binary:
        return key_of(self._store, statement_id)
