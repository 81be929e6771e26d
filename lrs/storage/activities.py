"""Activity definitions as text: the LRS's merged knowledge of each Activity of a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
Merge = Callable[[Collection[str], Texts], Texts]
"""Given names of Activities and the texts known of them, returns the texts that change."""
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

    def iterate_texts(self, activities: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Stream the JSON text of what is known of each Activity among these."""
        with unavailable_when_unreachable():
            for row in self._rows.find_among("activity", activities):
                yield row["activity"], bytes(row["text"])

    def merge_texts(self, activities: Sequence[str], merge: Merge) -> bool:
        """Write the texts that `merge` returns for the known ones; return False if another process was faster.

        Raises DefinitionsNotMergedError.
        """
        with _not_merged():
            unknown, is_written = set(activities), True
            for known in map(dict, in_chunks(self.iterate_texts(activities), weigh=_text_bytes)):
                unknown -= known.keys()
                is_written &= self._replace_all(known, merge(known.keys(), known))
            return is_written & self._replace_all({}, merge(unknown, {}))

    def remove(self, activities: Sequence[str]) -> None:
        """Remove what is known of these Activities."""
        with unavailable_when_unreachable():
            for some in in_chunks(activities):
                self._rows.delete_many({"activity": {"$in": some}})

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


def _text_bytes(known: tuple[str, bytes]) -> int:
    return len(known[1])


def _digest(text: bytes) -> Binary:
    digest: Binary = Binary(sha256(text).digest())
    return digest
