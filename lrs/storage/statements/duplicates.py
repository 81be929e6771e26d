"""Ids that are stored already: which of an insert they were, and by which content they are stored."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, DocumentTooLarge

from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.database import Database, Row, StoreCollection, StoreId
from lrs.storage.statements.large_batches import LargeBatches, span_of
from lrs.storage.statements.rows import DuplicateStatementsError, id_of_key

DUPLICATE_KEY = 11000
DOCUMENT_TOO_LARGE = 10334


def insert_free(
    rows: StoreCollection, documents: Sequence[Row], *, ordered: bool, session: ClientSession | None = None
) -> set[int]:
    """Insert documents; return the positions of those whose `_id` is taken: all, or the first if `ordered`.

    Taken they are, too, if the driver tried twice since the database went away after it had inserted them: then
    those with an `_id` of the driver's own are the very same.

    Raises PayloadTooLargeError (413), ServiceUnavailableError (503).
    """
    try:
        rows.insert_many(documents, ordered=ordered, session=session)
    except DocumentTooLarge as error:
        raise _too_large() from error
    except BulkWriteError as error:
        return _taken(error)
    return set()


def _taken(error: BulkWriteError) -> set[int]:
    failures = error.details.get("writeErrors", [])
    codes = {item.get("code") for item in failures}
    if DOCUMENT_TOO_LARGE in codes:
        raise _too_large() from None  # the error holds the whole document
    if not codes <= {DUPLICATE_KEY}:
        raise error
    if error.details.get("writeConcernErrors"):
        raise ServiceUnavailableError(
            "The database could not confirm that the Statements are safe; send them again."
        ) from error
    return {item["index"] for item in failures}


def _too_large() -> PayloadTooLargeError:
    return PayloadTooLargeError("A Statement is larger than a document of the database can be; send less.")


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
