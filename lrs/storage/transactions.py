"""One transaction, begun again where another one came between."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.storage.tenancy import Row

BEGUN_AGAIN_FOR_S = 30.0  # as long as a request waits for its turn by default
TOO_LARGE_CODES = frozenset({257, 338})  # TransactionTooLarge, TransactionTooLargeForCache
IMPORT_COMMAND = "learnerprise import STORE FILE"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class WriteSize:
    """How much one write changes: documents, bytes of their texts, values that find them (each once a filter)."""

    documents: int
    text_bytes: int
    values: int = 0

    @classmethod
    def of_texts(cls, texts: Sequence[bytes]) -> WriteSize:
        """Return the size of documents that hold these texts."""
        return cls(len(texts), sum(map(len, texts)))


class OvertakenError(PyMongoError):
    """Another transaction did meanwhile what this one was about to do; the driver begins this one again."""

    def __init__(self) -> None:
        super().__init__("overtaken by another transaction", ["TransientTransactionError"])


def run_transaction(client: MongoClient[Row], work: Callable[[ClientSession], Result]) -> Result:
    """Return what `work` returns, done in one transaction, which is begun again for `BEGUN_AGAIN_FOR_S` at most.

    Raises PayloadTooLargeError (413), ServiceUnavailableError (503) if others never let it through.
    """
    until = time.monotonic() + BEGUN_AGAIN_FOR_S

    def in_time(session: ClientSession) -> Result:
        if time.monotonic() > until:
            raise ServiceUnavailableError(
                "Too many writers at the same Statements; send the batch again shortly."
            )
        return work(session)

    with client.start_session() as session:
        try:
            result: Result = session.with_transaction(
                in_time, ReadConcern("snapshot"), WriteConcern("majority", j=True)
            )
            return result
        except OperationFailure as error:
            if error.code in TOO_LARGE_CODES:
                raise too_large() from error
            raise


def too_large() -> PayloadTooLargeError:
    """Return the refusal of what the database cannot hold in one transaction."""
    return PayloadTooLargeError(
        "The batch is too large for one transaction of the database; send smaller batches, or import the Statements: "
        f"{IMPORT_COMMAND}"
    )
