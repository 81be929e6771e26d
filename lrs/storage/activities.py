"""Activity definitions as text: the LRS's merged knowledge of each Activity of a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256

from bson import Binary
from pymongo.errors import PyMongoError

from lrs.errors import LrsError
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free

Texts = Mapping[str, bytes]
LONGEST_REASON = 200


class DefinitionsNotMergedError(Exception):
    """The database did not accept definitions; the Statements that brought them are stored all the same."""


@contextmanager
def _not_merged() -> Iterator[None]:
    try:
        yield
    except (PyMongoError, LrsError) as error:
        raise DefinitionsNotMergedError(f"{type(error).__name__}: {error}"[:LONGEST_REASON]) from error


class ActivitiesRepository:
    """The Activities of one store. What is known of each is JSON text, so keys with dots are kept."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._rows = database.collection("activities", store)

    def find_texts(self, activities: Sequence[str]) -> dict[str, bytes]:
        """Return the JSON text of what is known of each Activity among these."""
        with unavailable_when_unreachable():
            found = [
                self._rows.find({"activity": {"$in": list(some)}}, ["activity", "text"])
                for some in in_chunks(activities)
            ]
        return {row["activity"]: bytes(row["text"]) for rows in found for row in rows}

    def merge_texts(self, activities: Sequence[str], merge: Callable[[Texts], Texts]) -> bool:
        """Write the texts that `merge` returns for the known ones; return False if another process was faster.

        Raises DefinitionsNotMergedError.
        """
        with _not_merged():
            before = self.find_texts(activities)
            return self._replace_all(before, merge(before))

    def _replace_all(self, before: Texts, after: Texts) -> bool:
        """Write what changed, if it still stands as in `before`; return whether all of it did."""
        changed = {name: text for name, text in after.items() if text != before.get(name)}
        inserted = self._insert({name: text for name, text in changed.items() if name not in before})
        kept = [self._replace(name, before[name], changed[name]) for name in changed if name in before]
        return inserted and all(kept)

    def _insert(self, texts: Texts) -> bool:
        rows = [
            {"activity": name, "text": Binary(text), "digest": _digest(text)} for name, text in texts.items()
        ]
        return not rows or not insert_free(self._rows, rows, ordered=False)

    def _replace(self, name: str, before: bytes, after: bytes) -> bool:
        condition = {"activity": name, "digest": _digest(before)}
        return (
            self._rows.update_one(condition, {"$set": {"text": Binary(after), "digest": _digest(after)}}) > 0
        )


def _digest(text: bytes) -> Binary:
    digest: Binary = Binary(sha256(text).digest())
    return digest
