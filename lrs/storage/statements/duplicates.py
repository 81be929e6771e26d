"""Finds the ids that are stored already, with the fingerprint of their content."""

from __future__ import annotations

from collections.abc import Sequence

from lrs.storage.database import Database, StoreId
from lrs.storage.statement_documents import id_of_key, is_statement


def stored_fingerprints(database: Database, store: StoreId, keys: Sequence[bytes]) -> dict[str, bytes]:
    """Return the fingerprint of each Statement among these `_id`s that is stored, by its id."""
    rows = database.collection("statements", store)
    found = rows.find({"_id": {"$in": list(keys)}}, ["seq", "fingerprint"])
    return {id_of_key(row["_id"]): bytes(row["fingerprint"]) for row in found if is_statement(row)}
