"""Learners and items that were erased from a store."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from lrs.storage import erased
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.erased import Kind


def find_erased(database: Database, store: StoreId, kind: Kind, values: Sequence[str]) -> set[str]:
    """Return those of these learners (kind `persona`) or items (`activity`) that were erased from the store."""
    key = erased.find_erasure_key(database, store)
    if key is None or not key.number:
        return set()
    return {
        one
        for some in in_chunks(values)
        for one in erased.find_erased(database, store, ((kind, value) for value in some), key)
    }


def staying(database: Database, store: StoreId, personas: Sequence[ObjectId]) -> list[ObjectId]:
    """Return those of these learners who were not erased."""
    gone = find_erased(database, store, "persona", list(map(str, personas)))
    return [one for one in personas if str(one) not in gone]
