"""Tells a database that is temporarily unavailable from any other error of the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import AutoReconnect, BulkWriteError, OperationFailure, PyMongoError

from lrs.errors import LrsError, ServiceUnavailableError

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
    if isinstance(error, PyMongoError) and _is_passing(error):
        return ServiceUnavailableError("The database cannot be reached just now; try again shortly.")
    return None


def _is_passing(error: PyMongoError) -> bool:
    if isinstance(error, AutoReconnect) or error.timeout or any(map(error.has_error_label, PASSING_LABELS)):
        return True
    codes = {error.code} if isinstance(error, OperationFailure) else set()
    if isinstance(error, BulkWriteError):
        kinds = ("writeErrors", "writeConcernErrors")
        codes = {item.get("code") for kind in kinds for item in error.details.get(kind, [])}
    return bool(codes & PASSING_CODES)
