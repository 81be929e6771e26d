"""Activity definitions as text: the LRS's merged knowledge of each Activity of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from bson import Binary

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free


class ActivitiesRepository:
    """The Activities of one store. What is known of each is JSON text, so keys with dots are kept."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._rows = database.collection("activities", store)

    def find_texts(self, activities: Sequence[str]) -> dict[str, bytes]:
        """Return the JSON text of what is known of each Activity among these."""
        with unavailable_when_unreachable():
            rows = self._rows.find({"activity": {"$in": list(activities)}}, ["activity", "text"])
        return {row["activity"]: bytes(row["text"]) for row in rows}

    def replace_texts(self, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bool:
        """Write what changed, if it still stands as in `before`; return False to read and merge again."""
        fresh = [name for name in after if name not in before]
        with unavailable_when_unreachable():
            inserted = self._insert({name: after[name] for name in fresh})
            kept = [self._replace(name, before[name], after[name]) for name in after if name in before]
        return inserted and all(kept)

    def _insert(self, texts: Mapping[str, bytes]) -> bool:
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
