"""The states of large batches: what is inserted in parts is seen by nobody until one update publishes all of it.

A row of a large batch has `voided` None for as long as nobody voids it. Its order key begins with the `stored`
time and the worker, which no other batch has: so it tells which document here says whether the row is to be seen.

    open -> published -> linked     published is final, and the document is kept as long as its rows
    open -> abandoned -> removed    by its writer, or by anyone once the writer's lease is over
    seen -> removed                 of one transaction, whose rows are seen at once: kept until it is linked
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bson import Binary
from pymongo.client_session import ClientSession

from lrs.errors import ServiceUnavailableError
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.statements.documents import SeqRange
from lrs.storage.stored_time import database_time

COLLECTION = "large_batches"
OPEN, PUBLISHED, LINKED, ABANDONED, SEEN = "open", "published", "linked", "abandoned", "seen"
UNFINISHED = (OPEN, PUBLISHED, ABANDONED, SEEN)
LEASE = timedelta(seconds=60)
PREFIX_BYTES, POSITION_BYTES = 10, 4  # of the order key: `stored` and worker, position
ROWS_AT_ONCE = 1_000
_NOW: Row = {"$currentDate": {"at": True}}


class LargeBatches:
    """The large batches of one store. A batch is named by any order key of it."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store
        self._batches = database.collection(COLLECTION, store)
        self._rows = database.collection("statements", store)

    def open(self, seq: bytes) -> None:
        """Note that the parts of a batch are about to come."""
        self._begin(seq, OPEN, None)

    def note_seen(self, seq: bytes, session: ClientSession) -> None:
        """Note, in the one transaction of a batch, that it is still to be linked."""
        self._begin(seq, SEEN, session)

    def _begin(self, seq: bytes, state: str, session: ClientSession | None) -> None:
        change: Row = {"$set": {"seq": Binary(seq), "state": state}, **_NOW}
        self._batches.update_one({"_id": self._key(seq)}, change, upsert=True, session=session)

    def renew(self, seq: bytes, session: ClientSession | None = None) -> None:
        """Renew the lease, within the transaction of a part; raise ServiceUnavailableError if it was lost."""
        condition = {"_id": self._key(seq), "state": OPEN}
        if not self._batches.update_one(condition, _NOW, session=session):
            raise _lost()

    def publish(self, seq: bytes) -> None:
        """Let all rows be seen: this is the commit. Raise ServiceUnavailableError if the lease was lost."""
        # What is not open any more may have been published by a first try of the driver.
        if not (self._change(seq, OPEN, PUBLISHED) or self.is_published(seq)):
            raise _lost()

    def renew_linking(self, seq: bytes) -> None:
        """Renew the lease of a published batch that is being linked."""
        self._change(seq, PUBLISHED, PUBLISHED)

    def claim(self, row: Row) -> bool:
        """Renew the lease of a batch as it was read; return False if another did so since."""
        condition = {name: row[name] for name in ("_id", "state", "at")}
        return self._batches.update_one(condition, _NOW) > 0

    def finish(self, seq: bytes) -> None:
        """Note that nothing is left to do for a published batch."""
        self._change(seq, PUBLISHED, LINKED)

    def forget_seen(self, seq: bytes) -> None:
        """Remove the note that `note_seen` made."""
        self._batches.delete_many({"_id": self._key(seq), "state": SEEN})

    def remove(self, seq: bytes) -> bool:
        """Remove a batch that is open or abandoned with all its rows; return False if it is published or seen."""
        self._change(seq, OPEN, ABANDONED)
        if self._state(seq) in (PUBLISHED, LINKED, SEEN):
            return False
        while rows := self._rows.find(between(span_of(seq)), ["_id"], limit=ROWS_AT_ONCE):
            self._rows.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
        self._database.collection("landmarks", self._store).delete_many(between(span_of(seq)))
        self._batches.delete_many({"_id": self._key(seq)})
        return True

    def _change(self, seq: bytes, before: str, after: str) -> bool:
        change: Row = {"$set": {"state": after}, **_NOW}
        return self._batches.update_one({"_id": self._key(seq), "state": before}, change) > 0

    def _state(self, seq: bytes) -> str | None:
        row = self._batches.find_one({"_id": self._key(seq)}, ["state"])
        return row["state"] if row else None

    def _key(self, seq: bytes) -> Binary:
        key: Binary = Binary(self._store.binary + seq[:PREFIX_BYTES])
        return key

    def is_published(self, seq: bytes) -> bool:
        """Tell whether the rows of a batch are to be seen; what is published stays so, and is remembered."""
        key = bytes(self._key(seq))
        if key not in self._database.published_batches:
            if self._state(seq) not in (PUBLISHED, LINKED):
                return False
            self._database.published_batches.add(key)
        return True

    def resolve(self, rows: Sequence[Row]) -> None:
        """Set `voided` to False in the rows (`seq`, `voided`) of published batches; None stays in hidden ones."""
        unsettled = [row for row in rows if row["voided"] is None]
        batches = {span_of(row["seq"]) for row in unsettled}
        published = {span for span in batches if self.is_published(span.high)}
        for row in unsettled:
            if span_of(row["seq"]) in published:
                row["voided"] = False

    def visible(self, find: Callable[[Row], list[Row]]) -> list[Row]:
        """Return the rows that `find` finds beside the condition given to it, without any that are hidden."""
        hidden: list[Row] = []
        while True:
            rows = find({"$nor": hidden} if hidden else {})
            self.resolve(rows)
            spans = {span_of(row["seq"]) for row in rows if row["voided"] is None}
            if not spans:
                return rows
            hidden += map(between, spans)

    def require_published(self, seq: bytes) -> bool:
        """Return whether a batch is published; remove it if it was left behind.

        Raises ServiceUnavailableError while its writer may still publish it.
        """
        if self.is_published(seq):
            return True
        if not self._is_left_behind(seq):
            raise ServiceUnavailableError(
                "A large batch with the same Statements is being stored at this moment; send them again shortly."
            )
        return not self.remove(seq)

    def _is_left_behind(self, seq: bytes) -> bool:
        row = self._batches.find_one({"_id": self._key(seq)}, ["state", "at"])
        return row is None or row["state"] == ABANDONED or is_over(row, database_time(self._database))


def is_over(row: Row, now: datetime) -> bool:
    """Tell whether the lease of a batch is over, by the time of the database."""
    return bool(row["at"] < now - LEASE)


def span_of(seq: bytes) -> SeqRange:
    """Return the order keys that a batch can have, named by any one of them."""
    first = seq[:PREFIX_BYTES] + bytes(POSITION_BYTES)
    last = seq[:PREFIX_BYTES] + b"\xff" * POSITION_BYTES
    return SeqRange((int.from_bytes(first, "big") - 1).to_bytes(len(first), "big"), last)


def shown(rows: Sequence[Row]) -> list[Row]:
    """Return the resolved rows that are to be seen."""
    return [row for row in rows if row["voided"] is not None]


def last_key(row: Row, *, ascending: bool) -> bytes:
    """Return where reading goes on after a resolved row: after its whole batch if that is hidden."""
    seq = bytes(row["seq"])
    if row["voided"] is not None:
        return seq
    return seq[:PREFIX_BYTES] + (b"\xff" if ascending else b"\0") * POSITION_BYTES


def between(span: SeqRange) -> Row:
    """Return the condition on the order keys of a span; MongoDB compares them since all are of one length."""
    return {"seq": {"$gt": Binary(span.low), "$lte": Binary(span.high)}}


def _lost() -> ServiceUnavailableError:
    return ServiceUnavailableError("The batch took too long between two of its parts; send it again.")
