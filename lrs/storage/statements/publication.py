"""Storing a large batch: its rows in parts that nobody sees, then one update that publishes all of them.

For what is more than one transaction of the database should hold. StatementRefs are linked after the publication.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from lrs.storage.awaited import AwaitedTargets
from lrs.storage.clock import StoredTime, database_time
from lrs.storage.database import Database, Row, StoreId, unavailable_when_unreachable
from lrs.storage.landmarks import Landmarks
from lrs.storage.references import Reference, link_references, reference_document
from lrs.storage.room import bytes_of
from lrs.storage.statements.duplicates import duplicates_among, insert_free
from lrs.storage.statements.large_batches import (
    ABANDONED,
    COLLECTION,
    OPEN,
    PUBLISHED,
    ROWS_AT_ONCE,
    LargeBatches,
    between,
    is_over,
    span_of,
)
from lrs.storage.statements.rows import SeqRange, StatementRow, document_of, key_of
from lrs.storage.statements.transactions import in_transaction

_logger = logging.getLogger("lrs.large_batches")


class Publication:
    """One large batch on its way into a store: `add` its parts, then `publish` it."""

    def __init__(
        self, database: Database, store: StoreId, landmarks: Landmarks, awaited: AwaitedTargets, seq: bytes
    ) -> None:
        self._database = database
        self._store = store
        self._landmarks = landmarks
        self._awaited = awaited
        self._seq = seq
        self._batches = LargeBatches(database, store)
        self.is_published = False

    def add(self, rows: Sequence[StatementRow]) -> None:
        """Insert one part, seen by nobody yet; raise DuplicateStatementsError, which adds nothing of it."""
        documents = [{**document_of(self._store, row), "voided": None} for row in rows]
        statements = self._database.collection("statements", self._store)

        def work(session: ClientSession) -> None:
            self._batches.renew(self._seq, session)
            if insert_free(statements, documents, ordered=True, session=session):
                keys = [item["_id"] for item in documents]
                raise duplicates_among(self._database, self._store, keys)
            self._landmarks.count(self._store, [row.seq for row in rows], session)

        with unavailable_when_unreachable():
            in_transaction(self._database, bytes_of([row.text for row in rows]), work)

    def publish(self, before_commit: Callable[[], None]) -> None:
        """Let everybody see all parts, and link what points at them or from them."""
        before_commit()
        with unavailable_when_unreachable():
            self._batches.publish(self._seq)
            self.is_published = True
            link_batch(self._database, self._store, self._awaited, self._seq)
            self._batches.finish(self._seq)


@contextmanager
def publication(
    database: Database, store: StoreId, landmarks: Landmarks, awaited: AwaitedTargets, time: StoredTime
) -> Iterator[Publication]:
    """Open a large batch for the block; what the block did not publish is removed."""
    batches, seq = LargeBatches(database, store), time.seq(0)
    with unavailable_when_unreachable():
        batches.open(seq)
    begun = Publication(database, store, landmarks, awaited, seq)
    try:
        yield begun
    finally:
        if not begun.is_published:
            with suppress(PyMongoError):  # then it is left to the sweep
                batches.remove(seq)


def link_batch(database: Database, store: StoreId, awaited: AwaitedTargets, seq: bytes) -> None:
    """Link the rows of a published batch with what points at them and what they point at; twice does no harm."""
    statements = database.collection("statements", store)
    span = span_of(seq)
    while rows := statements.find(
        between(span), ["reference", "voids", "seq"], sort=[("seq", 1)], limit=ROWS_AT_ONCE
    ):
        references = [
            Reference(row["_id"], key_of(store, row["reference"]), row["voids"])
            for row in rows
            if row.get("reference")
        ]
        awaited.expect(references)
        _keep_references(database, store, references)
        link_references(database, store, [row["_id"] for row in rows], references, None)
        span = SeqRange(bytes(rows[-1]["seq"]), span.high)


def _keep_references(database: Database, store: StoreId, references: Sequence[Reference]) -> None:
    if not references:
        return
    kept = database.collection("statement_references", store)
    sources = [item.source for item in references]
    known = {row["source"] for row in kept.find({"source": {"$in": sources}}, ["source"])}
    new = [item for item in references if bytes(item.source) not in known]
    if new:
        insert_free(kept, [reference_document(item) for item in new], ordered=False)


def sweep_large_batches(database: Database) -> int:
    """Finish or remove what processes that died left behind; return how many batches that were."""
    with unavailable_when_unreachable():
        unfinished = {"state": {"$in": [OPEN, PUBLISHED, ABANDONED]}}
        now = database_time(database)
        rows = [row for row in database.db[COLLECTION].find(unfinished) if is_over(row, now)]
        for row in rows:
            _finish(database, row["store"], row)
    if rows:
        _logger.info("%d large batches finished or removed", len(rows))
    return len(rows)


def _finish(database: Database, store: StoreId, row: Row) -> None:
    batches = LargeBatches(database, store)
    if row["state"] != PUBLISHED and batches.remove(row["seq"]):
        return
    link_batch(database, store, AwaitedTargets(database, store), row["seq"])
    batches.finish(row["seq"])
