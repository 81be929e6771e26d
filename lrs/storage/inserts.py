"""Inserts documents of which some may exist already, and finds out which."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, DocumentTooLarge

from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.tenancy import Row, StoreCollection

DUPLICATE_KEY = 11000
DOCUMENT_TOO_LARGE = 10334


def insert_free(
    rows: StoreCollection, documents: Sequence[Row], *, ordered: bool, session: ClientSession | None = None
) -> set[int]:
    """Insert documents; return the positions of those that are taken: all, or the first if `ordered`.

    An insert whose answer was lost may be sent twice (`lrs.storage.lost_answers`). A second try finds its own
    documents taken: same `_id`, same content.

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
            "The database could not confirm that the write is durable; send it again."
        ) from error
    return {item["index"] for item in failures}


def _too_large() -> PayloadTooLargeError:
    return PayloadTooLargeError(
        "The data sent is larger than the database allows for one document; send less."
    )
