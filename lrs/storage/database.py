"""The connection to MongoDB. Its engine is chosen here, once, by what the server says of itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pymongo
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError
from pymongo.uri_parser import parse_uri

from lrs.errors import DatabaseUnreachableError
from lrs.storage.embedded_engine.engine import EmbeddedEngine
from lrs.storage.engine import Engine
from lrs.storage.mongodb_engine import MongodbEngine
from lrs.storage.tenancy import Collections, Row, StoreCollection, StoreId
from lrs.storage.transactions import WriteSize
from lrs.storage.usage import StoreUsage

__all__ = ["Database", "Row", "StoreCollection", "StoreId", "unbounded"]

DEFAULT_NAME = "learnerprise"
UNREACHABLE_AFTER_MS = 5_000
A_DAY_S = 86_400

Result = TypeVar("Result")


class Database(Collections):
    """One MongoDB database. Build it with `Database.connect`; share it between threads."""

    def __init__(
        self, client: MongoClient[Row], name: str, engine: Callable[[Collections], Engine] = MongodbEngine
    ) -> None:
        super().__init__(client, name)
        self.engine = engine(self)
        self.usage = StoreUsage(self)
        self.closing = threading.Event()

    @classmethod
    def connect(cls, uri: str, patience_s: int | None = None) -> Database:
        """Connect to `uri` (its path names the database); raise DatabaseUnreachableError if nothing answers.

        With `patience_s` no answer of it is waited for longer: those who answer requests themselves set it.
        """
        try:
            name = parse_uri(uri)["database"] or DEFAULT_NAME
            client = _open(uri, patience_s, numbered_writes=True)
            is_embedded = EmbeddedEngine.recognises(client.admin.command("buildInfo"))
            engine = EmbeddedEngine if is_embedded else MongodbEngine
            if not engine.numbered_writes:
                client.close()
                client = _open(uri, patience_s, numbered_writes=False)
        except (PyMongoError, InvalidURI, ConfigurationError) as error:
            raise DatabaseUnreachableError(_unreachable(uri, error)) from error
        database = cls(client, name, engine)
        database.require_transactions()
        return database

    def require_transactions(self) -> None:
        """Refuse a standalone mongod: atomic batches need the transactions of a replica set."""
        hello = self.client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            self.close()
            raise DatabaseUnreachableError(
                "This MongoDB is a standalone server without transactions, so a batch could be stored by half. "
                "Start mongod with --replSet rs0 and run rs.initiate() once; one member is enough."
            )

    def require_answer(self, within_s: float) -> None:
        """Ask the server for nothing; raise PyMongoError (503) unless it answers within so many seconds."""
        with pymongo.timeout(within_s):
            self.client.admin.command("ping")

    def in_transaction(self, size: WriteSize, work: Callable[[ClientSession], Result]) -> Result:
        """Return what `work` returns: all that it writes with the session becomes visible together, or nothing.

        `work` is called again if another transaction came between. Raises PayloadTooLargeError (413),
        ServiceUnavailableError (503) if others never let it through.
        """
        return self.engine.transaction(size, work)

    def remove(self) -> None:
        """Remove the database with all that is in it."""
        self.client.drop_database(self.db.name)

    def close(self) -> None:
        """Let threads end that look at the database, count what is not counted yet, and close every connection."""
        self.closing.set()
        self.usage.stop()
        self.client.close()


def _open(uri: str, patience_s: int | None, *, numbered_writes: bool) -> MongoClient[Row]:
    return MongoClient(
        uri,
        uuidRepresentation="standard",
        w="majority",
        journal=True,
        readConcernLevel="majority",
        retryWrites=numbered_writes,
        retryReads=True,
        serverSelectionTimeoutMS=UNREACHABLE_AFTER_MS,
        connectTimeoutMS=UNREACHABLE_AFTER_MS,
        waitQueueTimeoutMS=UNREACHABLE_AFTER_MS,
        socketTimeoutMS=None if patience_s is None else patience_s * 1000,
    )


@contextmanager
def unbounded() -> Iterator[None]:
    """Lift the time limit inside the block: building the indexes of a large collection can take hours."""
    with pymongo.timeout(A_DAY_S):
        yield


def _unreachable(uri: str, error: Exception) -> str:
    address = uri.rsplit("@", 1)[-1].removeprefix("mongodb://")
    return (
        f"No MongoDB answers at {address} ({str(error).split(',')[0][:120]}). Check MONGODB_URI and that the server "
        "runs, or unset MONGODB_URI to use a server that is started with the service."
    )
