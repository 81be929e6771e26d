"""Storing a large batch: its rows in parts that nobody sees, then one update that publishes all of them.

For what is more than one transaction of the database should hold. StatementRefs are linked after the publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.embedded_engine.awaited import AwaitedTargets
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.embedded_engine.weights import weigh
from lrs.storage.inserts import insert_free
from lrs.storage.statements.documents import SeqRange, StatementRow, document_of
from lrs.storage.statements.duplicates import duplicates_among
from lrs.storage.statements.large_batches import ROWS_AT_ONCE, LargeBatches, between, span_of
from lrs.storage.statements.linking import LINKING_FIELDS, link_stored
from lrs.storage.transactions import in_transaction


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
        """Insert one part, seen by nobody yet; raise DuplicateStatementsError, which adds nothing of it.

        It must fit into one transaction (`lrs.storage.embedded_engine.weights`).
        """
        documents = [{**document_of(self._store, row), "voided": None} for row in rows]
        statements = self._database.collection("statements", self._store)

        def work(session: ClientSession) -> None:
            self._batches.renew(self._seq, session)
            if insert_free(statements, documents, ordered=True, session=session):
                keys = [item["_id"] for item in documents]
                raise duplicates_among(self._database, self._store, keys)
            self._landmarks.count(self._store, [row.seq for row in rows], session)

        with unavailable_when_unreachable():
            in_transaction(self._database, weigh(rows), work)

    def renew(self) -> None:
        """Say that the batch is still on its way: of a part that is stored already nothing is added."""
        with unavailable_when_unreachable():
            self._batches.renew(self._seq)

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
    database: Database, store: StoreId, landmarks: Landmarks, awaited: AwaitedTargets, seq: bytes
) -> Iterator[Publication]:
    """Open a large batch for the block, named by an order key; what the block did not publish is removed."""
    batches = LargeBatches(database, store)
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
    statements, batches = database.collection("statements", store), LargeBatches(database, store)
    span = span_of(seq)
    while rows := statements.find(
        between(span), [*LINKING_FIELDS, "seq"], sort=[("seq", 1)], limit=ROWS_AT_ONCE
    ):
        link_stored(database, store, awaited, rows)
        batches.renew_linking(seq)
        span = SeqRange(bytes(rows[-1]["seq"]), span.high)
