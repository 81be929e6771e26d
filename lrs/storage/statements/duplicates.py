"""Ids that are stored already: by which content."""

from __future__ import annotations

from collections.abc import Sequence

from lrs.storage.database import Database, StoreId
from lrs.storage.statements.documents import DuplicateStatementsError, id_of_key
from lrs.storage.statements.large_batches import LargeBatches, span_of


def duplicates_among(database: Database, store: StoreId, keys: Sequence[bytes]) -> DuplicateStatementsError:
    """Return the error that tells which of these `_id`s are taken, and by which content."""
    return DuplicateStatementsError(stored_fingerprints(database, store, keys))


def stored_fingerprints(database: Database, store: StoreId, keys: Sequence[bytes]) -> dict[str, bytes]:
    """Return the fingerprint of each Statement among these `_id`s that is stored, by its id.

    Raises ServiceUnavailableError where one belongs to a large batch that may be published yet.
    """
    fields = ["fingerprint", "seq", "voided"]
    found = database.collection("statements", store).find({"_id": {"$in": list(keys)}}, fields)
    batches = LargeBatches(database, store)
    hidden = {span_of(row["seq"]).high for row in found if row["voided"] is None}
    removed = {high for high in hidden if not batches.require_published(high)}
    stored = [row for row in found if span_of(row["seq"]).high not in removed]
    return {id_of_key(row["_id"]): bytes(row["fingerprint"]) for row in stored}
