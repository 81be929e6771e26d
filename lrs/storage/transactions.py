"""One transaction, begun anew where another one came between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.attachments import PublishedMeanwhileError
from lrs.storage.database import Database

TRANSACTION_TOO_LARGE = 313
ATTEMPTS = 10
SHORTEST_PAUSE_S = 0.002
Result = TypeVar("Result")


def in_transaction(database: Database, size: int, work: Callable[[ClientSession], Result]) -> Result:
    """Return what `work` returns, done in one transaction that writes about `size` bytes.

    Raises PayloadTooLargeError (413), ServiceUnavailableError (503) if others never let it through.
    """
    with database.room.taken(size):
        return _try(database, work)


def _try(database: Database, work: Callable[[ClientSession], Result]) -> Result:
    for attempt in range(ATTEMPTS):
        try:
            with database.transaction() as session:
                return work(session)
        except PublishedMeanwhileError:
            continue
        except OperationFailure as error:
            _require_transient(error, is_last=attempt == ATTEMPTS - 1)
        time.sleep(random.uniform(0, SHORTEST_PAUSE_S * 2**attempt))
    raise ServiceUnavailableError("Too many writers at the same Statements; send the batch again shortly.")


def _require_transient(error: OperationFailure, *, is_last: bool) -> None:
    if error.code == TRANSACTION_TOO_LARGE:
        if not is_last:  # the embedded server says so, too, while its cache is full of what others write
            return
        raise PayloadTooLargeError(
            "The batch is too large for one transaction of the database; send smaller batches."
        ) from error
    if not error.has_error_label("TransientTransactionError"):
        raise error
