"""Writes whose answer was lost because the connection to the database broke.

The driver sends such a write again under the same number (`retryWrites`), by which MongoDB knows whether it was done.
On a server that is sent no numbered writes, what the write should have left behind is looked up instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import bson
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, ServerSelectionTimeoutError

from lrs.storage.chunks import in_chunks

Row = dict[str, Any]
Result = TypeVar("Result")


def write_through(
    collection: Collection[Row], write: Callable[[], Result], find: Callable[[], Result | None]
) -> Result:
    """Return what `write` returns; if its answer is lost, what `find` finds of it, or else write once more.

    Outside of transactions only: those are begun again as a whole.
    """
    try:
        return write()
    except ServerSelectionTimeoutError:
        raise  # nothing was sent
    except AutoReconnect:
        if collection.database.client.options.retry_writes:
            raise  # the driver has sent it twice
    found = find()
    return write() if found is None else found


def holds_all(collection: Collection[Row], rows: Sequence[Row]) -> bool:
    """Tell whether the collection holds each of these documents, as it was sent."""
    found: dict[Any, Row] = {}
    for some in in_chunks(rows):
        for row in collection.find({"_id": {"$in": [one["_id"] for one in some]}}):
            found[row["_id"]] = row
    options = collection.codec_options
    return all(
        found.get(row["_id"]) == bson.decode(bson.encode(row, codec_options=options), options) for row in rows
    )
