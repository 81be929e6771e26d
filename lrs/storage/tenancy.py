"""Collections that cannot be reached without naming a store: every operation carries the store, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bson import ObjectId
from pymongo import MongoClient, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database as MongoDatabase

from lrs.client_presence import require_client
from lrs.storage.chunks import in_chunks
from lrs.storage.lost_answers import holds_all, write_through

StoreId = ObjectId
Row = dict[str, Any]
Result = TypeVar("Result")

ROWS_PER_BATCH = 1_000
STAGES = frozenset({"$match", "$sort", "$limit", "$project", "$group", "$unwind", "$count"})
"""What an aggregation may do; the other stages can read or write documents of other stores."""


class UnscopedOperationError(TypeError):
    """An operation that the store cannot be written into: a mistake in the code that asks for it."""


@dataclass(frozen=True, slots=True)
class Update:
    """Change one matching document."""

    condition: Mapping[str, Any]
    change: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replace one matching document."""

    condition: Mapping[str, Any]
    document: Mapping[str, Any]


class Collections:
    """The collections of one MongoDB database, one store's part at a time."""

    def __init__(self, client: MongoClient[Row], name: str) -> None:
        self.client = client
        self.db: MongoDatabase[Row] = client[name]
        self._collections: dict[str, Collection[Row]] = {}

    def collection(self, name: str, store: StoreId) -> StoreCollection:
        """Return one store's part of a collection."""
        if name not in self._collections:  # pymongo takes its time to make one
            self._collections[name] = self.db[name]
        return StoreCollection(self._collections[name], store)


class StoreCollection:
    """One store's documents of a collection: every filter and every document gets the store's id here."""

    def __init__(self, collection: Collection[Row], store: StoreId) -> None:
        self._collection = collection
        self.store = store

    def _of_store(self, condition: Mapping[str, Any]) -> Row:
        """Add the store, unless the condition is nothing but ids that name the store themselves.

        Such a condition stays alone, so that any server looks it up by the `_id` and does nothing else.
        """
        if condition.keys() == {"_id"} and all(map(self._names_store, _ids_in(condition["_id"]))):
            return dict(condition)
        return {**condition, "store": self.store}

    def _names_store(self, key: Any) -> bool:
        if isinstance(key, bytes):
            return key.startswith(self.store.binary)
        return key == self.store or (isinstance(key, str) and key.startswith(f"{self.store}:"))

    def find_by_ids(self, ids: Sequence[Any], fields: Sequence[str] | None = None) -> Iterator[Row]:
        """Stream the documents with these ids that belong to the store."""
        wanted = [*fields, "store"] if fields else None
        for some in in_chunks(ids):
            rows = self._collection.find({"_id": {"$in": some}}, wanted, batch_size=ROWS_PER_BATCH)
            yield from (row for row in rows if row["store"] == self.store)

    def find_among(
        self, field: str, values: Sequence[Any], fields: Sequence[str] | None = None
    ) -> Iterator[Row]:
        """Stream the documents in which a field is one of these values, or holds one; some more than once.

        Name `fields` for small ones only: some servers then send many documents at once, whatever their size.
        """
        for some in in_chunks(values):
            yield from self.iterate({field: {"$in": some}}, fields)

    def find(
        self,
        condition: Mapping[str, Any],
        fields: Mapping[str, Any] | Sequence[str] | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        session: ClientSession | None = None,
    ) -> list[Row]:
        """Return the matching documents: for what is small and few; the rest is streamed (`iterate`)."""
        require_client()
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
        batch_size: int = ROWS_PER_BATCH,
    ) -> Iterator[Row]:
        """Stream the matching documents, by so many at a time.

        Name `fields` for small ones only: some servers then send many documents at once, whatever their size.
        """
        order = list(sort) or None
        with self._collection.find(
            self._of_store(condition), fields, sort=order, limit=limit, batch_size=batch_size
        ) as rows:
            yield from _while_wanted(rows)

    def find_one(
        self, condition: Mapping[str, Any], fields: Mapping[str, Any] | Sequence[str] | None = None
    ) -> Row | None:
        """Return one matching document, or None."""
        return self._collection.find_one(self._of_store(condition), fields)

    def count(self, condition: Mapping[str, Any]) -> int:
        """Count the matching documents."""
        return self._collection.count_documents(self._of_store(condition))

    def insert_many(
        self, rows: Sequence[Row], *, ordered: bool = True, session: ClientSession | None = None
    ) -> None:
        """Insert documents; a duplicate raises pymongo's BulkWriteError."""
        for row in rows:
            row["store"] = self.store

        def insert() -> bool:
            self._collection.insert_many(rows, ordered=ordered, session=session)
            return True

        self._write(insert, session, lambda: holds_all(self._collection, rows) or None)

    def update_one(
        self,
        condition: Mapping[str, Any],
        change: Mapping[str, Any],
        *,
        upsert: bool = False,
        session: ClientSession | None = None,
    ) -> int:
        """Update one document; return how many matched or were made."""
        change = _keeping_store(change)
        if upsert:
            change = {**change, "$setOnInsert": {**change.get("$setOnInsert", {}), "store": self.store}}
        condition = self._of_store(condition)

        def update() -> int:
            outcome = self._collection.update_one(condition, change, upsert=upsert, session=session)
            return outcome.matched_count or int(outcome.upserted_id is not None)

        return self._write(update, session)

    def update_many(self, condition: Mapping[str, Any], change: Mapping[str, Any]) -> int:
        """Update all matching documents; return how many changed."""
        return self._collection.update_many(self._of_store(condition), _keeping_store(change)).modified_count

    def bulk_write(self, operations: Sequence[Update | Replacement], *, ordered: bool = False) -> None:
        """Run several operations in one request."""
        scoped = [self._scoped(item) for item in operations]
        if scoped:
            self._write(lambda: self._collection.bulk_write(scoped, ordered=ordered))

    def _write(
        self,
        write: Callable[[], Result],
        session: ClientSession | None = None,
        find: Callable[[], Result | None] = lambda: None,
    ) -> Result:
        """Return what `write` returns; what changes nothing when it is done again needs no `find`."""
        return write() if session else write_through(self._collection, write, find)

    def _scoped(self, operation: Update | Replacement) -> UpdateOne | ReplaceOne[Row]:
        if isinstance(operation, Update):
            return UpdateOne(self._of_store(operation.condition), _keeping_store(operation.change))
        if isinstance(operation, Replacement):
            return ReplaceOne(
                self._of_store(operation.condition), {**operation.document, "store": self.store}
            )
        raise UnscopedOperationError(
            f"{type(operation).__name__} cannot be limited to one store; use Update."
        )

    def delete_many(self, condition: Mapping[str, Any], *, session: ClientSession | None = None) -> int:
        """Delete the matching documents; return how many there were."""
        return self._collection.delete_many(self._of_store(condition), session=session).deleted_count

    def aggregate(
        self,
        condition: Mapping[str, Any],
        stages: Iterable[Mapping[str, Any]],
        first_batch: int = ROWS_PER_BATCH,
    ) -> Iterator[Row]:
        """Stream an aggregation over the matching documents; an index should serve the condition alone."""
        pipeline = [{"$match": self._of_store(condition)}, *map(_within_store, stages)]
        return self._run(pipeline, first_batch)

    def _run(self, pipeline: Sequence[Mapping[str, Any]], first_batch: int) -> Iterator[Row]:
        with self._collection.aggregate(pipeline, batchSize=first_batch) as rows:
            yield from _while_wanted(rows.batch_size(ROWS_PER_BATCH))


def _while_wanted(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows as long as the client that they are read for is there."""
    for number, row in enumerate(rows):
        if number % ROWS_PER_BATCH == 0:
            require_client()
        yield row


def _keeping_store(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an update; raise UnscopedOperationError unless it is one of operators that leave the store alone."""
    if not isinstance(change, Mapping) or not all(key.startswith("$") for key in change):
        raise UnscopedOperationError("An update must consist of operators such as $set; use Replacement.")
    fields = {str(name).partition(".")[0] for values in change.values() for name in values}
    renamed = {str(name).partition(".")[0] for name in change.get("$rename", {}).values()}
    if "store" in fields | renamed:
        raise UnscopedOperationError("An update must not change the store of a document.")
    return change


def _within_store(stage: Mapping[str, Any]) -> Mapping[str, Any]:
    if not stage.keys() <= STAGES:
        raise UnscopedOperationError(f"The stage {', '.join(stage)} may reach documents of other stores.")
    return stage


def _ids_in(value: Any) -> list[Any]:
    """Return the ids that a condition on `_id` names, one or `$in` several; None where it is anything else."""
    if not isinstance(value, Mapping):
        return [value]
    return list(value["$in"]) if value.keys() == {"$in"} else [None]
