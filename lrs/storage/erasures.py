"""Erasures in MongoDB: what is to be erased while one runs, and afterwards its receipt, which names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from lrs.errors import ServiceUnavailableError
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.renewing import renewed
from lrs.storage.stored_time import now_us

COLLECTION = "erasures"
HELD_S, AGAIN_AFTER_S = 6.0, 30.0
"""How long a process that works on an erasure keeps it for itself each time, and when a failed one is tried again."""


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure: `what` it erases is there only until it has `finished` (us); `left` is looked at at the end.

    `left` holds the hashes of attachments and the Activities that perhaps no Statement needs any more; `counts` says
    how many documents changed, by collection.
    """

    id: str
    started: int
    what: Mapping[str, Any]
    counts: Mapping[str, int]
    left: Mapping[str, Sequence[str]]
    finished: int | None = None
    receipt: Mapping[str, Any] | None = None


def find_abandoned(database: Database) -> list[tuple[StoreId, str]]:
    """Return the erasures, of all stores, that have not finished and that no process works on: store and id."""
    with unavailable_when_unreachable():
        rows = database.db[COLLECTION].find({"finished": None, "held_until": {"$lt": now_us()}}, ["store"])
        return [(row["store"], row["_id"].partition(":")[2]) for row in rows]


class ErasuresRepository:
    """The erasures of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._rows = database.collection(COLLECTION, store)
        self.store = store

    def begin(self, erasure_id: str, what: Mapping[str, Any]) -> ErasureRow:
        """Return the erasure of this id that runs, or else one that begins now."""
        key = {"_id": self._key(erasure_id)}
        row: Row = {
            **key,
            "started": now_us(),
            "what": dict(what),
            "counts": {},
            "left": {},
            "finished": None,
            "held_until": _after(HELD_S),
        }
        with unavailable_when_unreachable():
            self._rows.delete_many({**key, "finished": {"$ne": None}})
            insert_free(self._rows, [row], ordered=True)
        found = self.find(erasure_id)
        assert found is not None  # it is removed with its store alone
        return found

    def begin_again(self, erasure_id: str, what: Mapping[str, Any]) -> ErasureRow | None:
        """Let an erasure that has finished run once more, with its counts and its receipt; return it, or None."""
        finished = {"_id": self._key(erasure_id), "finished": {"$ne": None}}
        values = {"what": dict(what), "finished": None, "held_until": _after(HELD_S)}
        with unavailable_when_unreachable():
            self._rows.update_one(finished, {"$set": values})
        return self.find(erasure_id)

    def find(self, erasure_id: str) -> ErasureRow | None:
        """Return an erasure, or None."""
        with unavailable_when_unreachable():
            row = self._rows.find_one({"_id": self._key(erasure_id)})
        return _erasure(row) if row else None

    def list_all(self) -> list[ErasureRow]:
        """Return all erasures, the newest first."""
        with unavailable_when_unreachable():
            found = [_erasure(row) for row in self._rows.iterate({})]
        return sorted(found, key=lambda one: one.started, reverse=True)

    def take(self, erasure_id: str) -> bool:
        """Keep an erasure that no process works on for this one; return whether it is still there to be done."""
        free = {"_id": self._key(erasure_id), "finished": None, "held_until": {"$lt": now_us()}}
        with unavailable_when_unreachable():
            return bool(self._rows.update_one(free, {"$set": {"held_until": _after(HELD_S)}}))

    @contextmanager
    def held(self, erasure_id: str) -> Iterator[None]:
        """Let other processes know, while the block runs, that this one works on an erasure.

        After a block that fails it is tried again only some time later.
        """

        def renew() -> bool:
            self._hold(erasure_id, HELD_S)
            return True

        renew()
        try:
            with renewed(renew, HELD_S / 4, "erasure-held"):
                yield
        finally:
            self._hold(erasure_id, AGAIN_AFTER_S)

    def _hold(self, erasure_id: str, seconds: float) -> None:
        with suppress(ServiceUnavailableError):  # then another process may work on it at the same time
            self._update(erasure_id, {"$set": {"held_until": _after(seconds)}})

    def note_left(self, erasure_id: str, **values: Sequence[str]) -> None:
        """Note what is looked at again at the end, before what leads to it is removed."""
        added = {f"left.{name}": {"$each": list(some)} for name, some in values.items() if some}
        if added:
            self._update(erasure_id, {"$addToSet": added}, finished=None)

    def note_late(self, erasure_id: str, **values: Sequence[str]) -> None:
        """Note what the person is called or wrote that came when the erasure had begun, before it is removed."""
        added = {f"what.person.{name}": {"$each": list(some)} for name, some in values.items() if some}
        if added:
            self._update(erasure_id, {"$addToSet": added}, finished=None)

    def count(self, erasure_id: str, counts: Mapping[str, int]) -> None:
        """Add to the numbers of documents that changed."""
        changed = {f"counts.{name.replace('.', '/')}": number for name, number in counts.items() if number}
        if changed:
            self._update(erasure_id, {"$inc": changed})

    def finish(self, erasure_id: str, receipt: Mapping[str, Any]) -> None:
        """Keep the receipt, and nothing of what was erased."""
        values = {"receipt": dict(receipt), "finished": now_us(), "left": {}}
        self._update(erasure_id, {"$set": values, "$unset": {"what": ""}})

    def _update(self, erasure_id: str, change: Mapping[str, Any], **condition: Any) -> None:
        with unavailable_when_unreachable():
            self._rows.update_one({"_id": self._key(erasure_id), **condition}, change)

    def _key(self, erasure_id: str) -> str:
        return f"{self.store}:{erasure_id}"


def _after(seconds: float) -> int:
    return now_us() + int(seconds * 1_000_000)


def _erasure(row: Row) -> ErasureRow:
    counts = {name.replace("/", "."): number for name, number in row["counts"].items()}
    return ErasureRow(
        row["_id"].partition(":")[2],
        row["started"],
        row.get("what", {}),
        counts,
        row["left"],
        row["finished"],
        row.get("receipt"),
    )


def persona_of(text: str) -> ObjectId | None:
    """Return the persona with this id as text; None for an empty one."""
    return ObjectId(text) if text else None
