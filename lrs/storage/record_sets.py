"""MongoEngine's records bound to one `Database`, and to one store each.

A record class says what its documents hold and which indexes they need. It is bound to no connection, so
`Record.objects` raises: records are reached through `records_of` (one store) or `records_of_all_stores`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import mongoengine as me
from bson import ObjectId
from mongoengine.errors import NotUniqueError, OperationError
from mongoengine.queryset import QuerySetNoCache
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from lrs.storage.database import Database, Row, StoreCollection, StoreId
from lrs.storage.lost_answers import write_through

Record = type[Any]  # a class of records; MongoEngine has no types


class StoreMissingError(Exception):
    """An operation on the records of one store that does not say which, or that would reach another's."""


class Records(QuerySetNoCache):
    """The records of a class in one database, streamed. A duplicate key alone is an error of MongoEngine's own."""

    def insert(self, doc_or_docs: Any, *_: Any, **__: Any) -> Any:
        """Insert one record or several, checked by the rules of their fields; return their ids.

        Raises NotUniqueError, BulkWriteError (of several), ValidationError.
        """
        for record in doc_or_docs if isinstance(doc_or_docs, Sequence) else [doc_or_docs]:
            record.validate()
        with _errors_of_the_driver():
            return super().insert(doc_or_docs, load_bulk=False)

    def update(self, *args: Any, **changes: Any) -> Any:
        """Update the records; return how many matched or were made."""
        update = super().update
        with _errors_of_the_driver():
            return write_through(self._collection, lambda: update(*args, **changes), lambda: None)


class StoreRecords(Records):
    """The records of one store: an operation whose filter does not name exactly one store is refused."""

    def __call__(self, q_obj: Any = None, **query: Any) -> StoreRecords:
        """Return the records that match, of the same store."""
        narrowed: StoreRecords = super().__call__(q_obj, **query)
        return narrowed

    @property
    def store(self) -> StoreId:
        """Return the one store that the filter names; raise StoreMissingError."""
        named = super()._query.get("store")
        if not isinstance(named, ObjectId):
            raise StoreMissingError(f"{self._document.__name__}: the filter does not name one store.")
        return named

    @property
    def _query(self) -> dict[str, Any]:
        """Return the filter of every read, update and delete.

        Ids that begin with the store stand alone: some servers look an `_id` up only if nothing stands
        beside it.
        """
        store, condition = self.store, dict(super()._query)
        if condition.keys() == {"_id", "store"} and _name_store(condition["_id"], store):
            del condition["store"]
        return condition

    def insert(self, doc_or_docs: Any, *_: Any, **__: Any) -> Any:
        """Insert one record of this store or several; return their ids."""
        for record in doc_or_docs if isinstance(doc_or_docs, Sequence) else [doc_or_docs]:
            if record.store != self.store:
                raise StoreMissingError(f"{self._document.__name__}: a record of another store.")
        return super().insert(doc_or_docs)

    def update(self, *args: Any, upsert: bool = False, **changes: Any) -> Any:
        """Update the records, which stay in their store, or make one there; return how many matched or were made."""
        self._require_same_store(changes)
        made_in = {"set_on_insert__store": self.store} if upsert else {}
        return super().update(*args, upsert=upsert, **changes, **made_in)

    def modify(self, *args: Any, **changes: Any) -> Any:
        """Update one record, which stays in its store, and return it."""
        self._require_same_store(changes)
        return super().modify(*args, **changes)

    def in_bulk(self, object_ids: Any) -> Any:
        """Refuse: MongoEngine reads by ids alone here."""
        raise StoreMissingError(f"{self._document.__name__}: filter by `pk__in` instead.")

    def _require_same_store(self, changes: Mapping[str, Any]) -> None:
        if any("store" in name.split("__") for name in changes):
            raise StoreMissingError(f"{self._document.__name__}: a record cannot move to another store.")


class OwnedRecord(me.Document):
    """A record that belongs to one store."""

    store = me.ObjectIdField(required=True)
    meta = {"abstract": True, "auto_create_index": False, "queryset_class": StoreRecords}  # noqa: RUF012


def records_of(database: Database, record: Record, store: StoreId) -> StoreRecords:
    """Return one store's records of a class."""
    return StoreRecords(record, _collection(database, record))(store=store)


def rows_of(database: Database, record: Record, store: StoreId) -> StoreCollection:
    """Return one store's records of a class as plain documents.

    For what is read with every request (MongoEngine takes 0.2 ms for each question), in bulk, or in a transaction.
    """
    return database.collection(record._get_collection_name(), store)


def records_of_all_stores(database: Database, record: Record) -> Records:
    """Return the records of every store: for records that name the store themselves (stores, credentials)."""
    return Records(record, _collection(database, record))


def create_record_indexes(database: Database, records: Iterable[Record]) -> None:
    """Create the indexes that classes of records declare."""
    for record in records:
        if indexes := [_index(spec) for spec in record._meta["index_specs"]]:
            _collection(database, record).create_indexes(indexes)


def _collection(database: Database, record: Record) -> Collection[Row]:
    return database.db[record._get_collection_name()]


def _index(spec: Mapping[str, Any]) -> IndexModel:
    options = {name: value for name, value in spec.items() if name not in {"fields", "cls"}}
    return IndexModel(spec["fields"], **options)


def _name_store(ids: Any, store: StoreId) -> bool:
    """Return whether an id, or each of `$in` several, is the store's own or begins with it."""
    several = ids["$in"] if isinstance(ids, Mapping) and ids.keys() == {"$in"} else [ids]
    return all(one == store or (isinstance(one, str) and one.startswith(f"{store}:")) for one in several)


@contextmanager
def _errors_of_the_driver() -> Iterator[None]:
    """Undo MongoEngine's wrapping of errors, so that a lost connection can be told from a mistake."""
    try:
        yield
    except NotUniqueError:
        raise
    except OperationError as error:
        if isinstance(error.__context__, PyMongoError):
            raise error.__context__ from None
        raise
