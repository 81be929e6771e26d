"""Tells a database that is temporarily unavailable from any other error of the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import AutoReconnect, BulkWriteError, OperationFailure, PyMongoError

from lrs.errors import InsufficientStorageError, LrsError, ServiceUnavailableError

OUT_OF_DISK_SPACE = 14031
FAILED_STORAGE = "WtError"
"""How a server reports that its storage failed, by a panic for example: it is about to be restarted."""
PASSING_LABELS = ("RetryableWriteError", "TransientTransactionError", "UnknownTransactionCommitResult")
PASSING_CODES = frozenset(
    {
        *(6, 7, 89, 9001),  # host unreachable or not found, network timeout, socket closed
        *(50, 262),  # MaxTimeMSExpired, ExceededTimeLimit
        *(64, 100),  # the write was not replicated in time, or cannot be just now
        *(91, 189, 11600, 11602),  # shutting down, stepped down
        *(10107, 13435, 13436, 10058),  # not the primary
        *(134, 133, 24, 46),  # a majority read, a shard's host, a lock, not to be had just now
        187,  # a linearizable read
    }
)
"""Codes by which a server says that it cannot just now (mongodb.com/docs/manual/reference/error-codes)."""


@contextmanager
def unavailable_when_unreachable() -> Iterator[None]:
    """Turn a lost database connection into ServiceUnavailableError, after which clients try again."""
    try:
        yield
    except PyMongoError as error:
        unavailable = as_unavailable(error)
        if unavailable is None:
            raise
        raise unavailable from error


def as_unavailable(error: BaseException) -> LrsError | None:
    """Return the error to answer if the database is temporarily unavailable; None for any other error."""
    if isinstance(error, OperationFailure) and error.code == OUT_OF_DISK_SPACE:
        return InsufficientStorageError(
            "The disk of the database is full; nothing is stored until there is space again."
        )
    if isinstance(error, PyMongoError) and _is_passing(error):
        return ServiceUnavailableError("The database cannot be reached just now; try again shortly.")
    return None


def _is_passing(error: PyMongoError) -> bool:
    if isinstance(error, AutoReconnect) or error.timeout or any(map(error.has_error_label, PASSING_LABELS)):
        return True
    if isinstance(error, OperationFailure | BulkWriteError) and FAILED_STORAGE in str(error):
        return True
    codes = {error.code} if isinstance(error, OperationFailure) else set()
    if isinstance(error, BulkWriteError):
        kinds = ("writeErrors", "writeConcernErrors")
        codes = {item.get("code") for kind in kinds for item in error.details.get(kind, [])}
    return bool(codes & PASSING_CODES)
