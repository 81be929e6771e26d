"""The connection to MongoDB, and collections that cannot be reached without naming a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pymongo
from bson import ObjectId
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database as MongoDatabase
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from lrs.errors import DatabaseUnreachableError, LrsError, ServiceUnavailableError
from lrs.storage.chunks import in_chunks
from lrs.storage.room import Room

StoreId = ObjectId
Row = dict[str, Any]

DEFAULT_NAME = "learnerprise"
UNREACHABLE_AFTER_MS = 5_000
ROWS_PER_BATCH = 1_000
A_DAY_S = 86_400
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


class Database:
    """One MongoDB database. Build it with `Database.connect`; share it between threads."""

    def __init__(self, client: MongoClient[Row], name: str) -> None:
        self.client = client
        self.db: MongoDatabase[Row] = client[name]
        self._collections: dict[str, Collection[Row]] = {}
        self.room = Room()
        self.published_batches: set[bytes] = set()  # the large ones known to be published: that is final

    @classmethod
    def connect(cls, uri: str, patience_s: int | None = None) -> Database:
        """Connect to `uri` (its path names the database); raise DatabaseUnreachableError if nothing answers.

        With `patience_s` no answer of it is waited for longer: those who answer requests themselves set it.
        """
        patience_ms = None if patience_s is None else patience_s * 1000
        try:
            name = parse_uri(uri)["database"] or DEFAULT_NAME
            client: MongoClient[Row] = MongoClient(
                uri,
                uuidRepresentation="standard",
                w="majority",
                journal=True,
                readConcernLevel="majority",
                retryWrites=True,
                retryReads=True,
                serverSelectionTimeoutMS=UNREACHABLE_AFTER_MS,
                connectTimeoutMS=UNREACHABLE_AFTER_MS,
                waitQueueTimeoutMS=UNREACHABLE_AFTER_MS,
                socketTimeoutMS=patience_ms,
            )
            client.admin.command("ping")
        except (PyMongoError, InvalidURI, ConfigurationError) as error:
            raise DatabaseUnreachableError(_unreachable(uri, error)) from error
        database = cls(client, name)
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

    def collection(self, name: str, store: StoreId) -> StoreCollection:
        """Return one store's part of a collection."""
        if name not in self._collections:  # pymongo takes its time to make one
            self._collections[name] = self.db[name]
        return StoreCollection(self._collections[name], store)

    @contextmanager
    def transaction(self) -> Iterator[ClientSession]:
        """All writes made with the session become visible together, durably, or not at all."""
        with (
            self.client.start_session() as session,
            session.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
            ),
        ):
            yield session

    def close(self) -> None:
        """Close every connection."""
        self.client.close()


class StoreCollection:
    """One store's documents of a collection: every filter and every document gets the store's id here."""

    def __init__(self, collection: Collection[Row], store: StoreId) -> None:
        self._collection = collection
        self.store = store

    def _of_store(self, condition: Mapping[str, Any]) -> Row:
        """Add the store, unless the condition is nothing but ids that name the store themselves.

        Such a condition stays alone: the embedded server looks an `_id` up only if nothing stands beside it.
        """
        if condition.keys() == {"_id"} and all(map(self._names_store, _ids_in(condition["_id"]))):
            return dict(condition)
        return {**condition, "store": self.store}

    def _names_store(self, key: Any) -> bool:
        if isinstance(key, bytes):
            return key.startswith(self.store.binary)
        return key == self.store or (isinstance(key, str) and key.startswith(f"{self.store}:"))

    def find_by_ids(self, ids: Sequence[Any], fields: Sequence[str] | None = None) -> list[Row]:
        """Return the documents with these ids that belong to the store."""
        wanted = [*fields, "store"] if fields else None
        chunks = (self._collection.find({"_id": {"$in": list(some)}}, wanted) for some in in_chunks(ids))
        return [row for rows in chunks for row in rows if row["store"] == self.store]

    def find(
        self,
        condition: Mapping[str, Any],
        fields: Mapping[str, Any] | Sequence[str] | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        session: ClientSession | None = None,
    ) -> list[Row]:
        """Return the matching documents."""
        wanted, order = self._of_store(condition), list(sort) or None
        cursor = self._collection.find(
            wanted, fields, sort=order, limit=limit, batch_size=ROWS_PER_BATCH, session=session
        )
        return cursor.to_list()

    def iterate(
        self,
        condition: Mapping[str, Any],
        fields: Mapping[str, Any] | Sequence[str] | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        session: ClientSession | None = None,
    ) -> Iterator[Row]:
        """Stream the matching documents."""
        cursor = self._collection.find(self._of_store(condition), fields, limit=limit, session=session)
        return iter(cursor.sort(list(sort)) if sort else cursor)

    def find_one(
        self, condition: Mapping[str, Any], fields: Mapping[str, Any] | Sequence[str] | None = None
    ) -> Row | None:
        """Return one matching document, or None."""
        return self._collection.find_one(self._of_store(condition), fields)

    def find_linearizable(self, condition: Mapping[str, Any]) -> Row | None:
        """Return one document by its `_id`, after every write acknowledged before: also while primaries change."""
        newest = self._collection.with_options(
            read_concern=ReadConcern("linearizable"), read_preference=ReadPreference.PRIMARY
        )
        return newest.find_one(self._of_store(condition))

    def count(self, condition: Mapping[str, Any]) -> int:
        """Count the matching documents."""
        return self._collection.count_documents(self._of_store(condition))

    def insert_many(
        self, rows: Sequence[Row], *, ordered: bool = True, session: ClientSession | None = None
    ) -> None:
        """Insert documents; a duplicate raises pymongo's BulkWriteError."""
        for row in rows:
            row["store"] = self.store
        self._collection.insert_many(rows, ordered=ordered, session=session)

    def update_one(
        self,
        condition: Mapping[str, Any],
        change: Mapping[str, Any],
        *,
        upsert: bool = False,
        session: ClientSession | None = None,
    ) -> int:
        """Update one document; return how many matched or were made."""
        if upsert:
            change = {**change, "$setOnInsert": {**change.get("$setOnInsert", {}), "store": self.store}}
        outcome = self._collection.update_one(
            self._of_store(condition), change, upsert=upsert, session=session
        )
        return outcome.matched_count or int(outcome.upserted_id is not None)

    def update_many(self, condition: Mapping[str, Any], change: Mapping[str, Any]) -> int:
        """Update all matching documents; return how many changed."""
        return self._collection.update_many(self._of_store(condition), change).modified_count

    def bulk_write(self, operations: Sequence[Any], *, ordered: bool = False) -> None:
        """Run pymongo write operations after putting the store into each filter and document."""
        if operations:
            self._collection.bulk_write([self._scoped(item) for item in operations], ordered=ordered)

    def _scoped(self, operation: Any) -> Any:
        condition = getattr(operation, "_filter", None)
        if condition is not None:
            operation._filter = self._of_store(condition)
        document = getattr(operation, "_doc", None)
        if isinstance(document, dict) and not any(key.startswith("$") for key in document):
            document["store"] = self.store
        return operation

    def delete_many(self, condition: Mapping[str, Any], *, session: ClientSession | None = None) -> int:
        """Delete the matching documents; return how many there were."""
        return self._collection.delete_many(self._of_store(condition), session=session).deleted_count

    def aggregate(self, condition: Mapping[str, Any], stages: Iterable[Mapping[str, Any]]) -> list[Row]:
        """Run an aggregation over the matching documents; an index should serve the condition alone."""
        pipeline = [{"$match": self._of_store(condition)}, *stages]
        return self._collection.aggregate(pipeline, batchSize=ROWS_PER_BATCH).to_list()


def _ids_in(value: Any) -> list[Any]:
    """Return the ids that a condition on `_id` names, one or `$in` several; None where it is anything else."""
    if not isinstance(value, Mapping):
        return [value]
    return list(value["$in"]) if value.keys() == {"$in"} else [None]


@contextmanager
def unavailable_when_unreachable() -> Iterator[None]:
    """Turn a lost database into ServiceUnavailableError, which clients answer by trying again."""
    try:
        yield
    except PyMongoError as error:
        unavailable = as_unavailable(error)
        if unavailable is None:
            raise
        raise unavailable from error


def as_unavailable(error: BaseException) -> LrsError | None:
    """Return what to answer if the error is a database that cannot just now, or None if it is anything else."""
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


@contextmanager
def unbounded() -> Iterator[None]:
    """Let what is done inside take its time: indexes of a large collection are made for hours."""
    with pymongo.timeout(A_DAY_S):
        yield


def _unreachable(uri: str, error: Exception) -> str:
    address = uri.rsplit("@", 1)[-1].removeprefix("mongodb://")
    return (
        f"No MongoDB answers at {address} ({str(error).split(',')[0][:120]}). Check MONGODB_URI and that the server "
        "runs, or unset MONGODB_URI to use the embedded server."
    )
