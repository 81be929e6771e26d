"""Records of one database and one store each; two databases in one process do not mix."""

import uuid

import mongoengine as me
import pytest
from bson import ObjectId
from mongoengine.connection import ConnectionFailure
from mongoengine.errors import NotUniqueError, ValidationError
from mongoengine.queryset.visitor import Q
from pymongo.errors import OperationFailure

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.stores import create_store, find_store, list_stores
from lrs.errors import UnauthorizedError
from lrs.storage.database import Database
from lrs.storage.record_sets import OwnedRecord, StoreMissingError, StoreRecords, records_of
from lrs.storage.records import create_indexes


class ThingRecord(OwnedRecord):
    key = me.StringField(primary_key=True)
    colour = me.StringField(choices=("red", "blue"))
    size = me.IntField(min_value=0)
    meta = {"collection": "test_things", "indexes": [("store", "colour")]}  # noqa: RUF012


@pytest.fixture
def mine(database, store):
    return records_of(database, ThingRecord, store.id)


@pytest.fixture
def theirs(database, other_store):
    return records_of(database, ThingRecord, other_store.id)


def thing(store, name, **values):
    return ThingRecord(key=f"{store.id}:{name}", store=store.id, **values)


def test_records_of_another_store_are_neither_seen_nor_touched(mine, theirs, store):
    mine.insert([thing(store, str(n), colour="red", size=n) for n in range(3)])
    assert theirs.count() == 0 == len(list(theirs)) == len(list(theirs.as_pymongo()))
    assert theirs.first() is None
    assert theirs(key=f"{store.id}:1").first() is None
    assert theirs(key__in=[f"{store.id}:1"]).first() is None
    assert theirs(key=f"{store.id}:1").update_one(colour="blue") == 0
    assert theirs.update(colour="blue") == 0 == theirs.delete()
    assert theirs.modify(colour="blue") is None
    assert theirs.distinct("size") == [] == list(theirs.aggregate([{"$match": {}}]))
    assert mine(colour="red").count() == 3


@pytest.mark.parametrize(
    "operate",
    [
        lambda records: records.first(),
        lambda records: list(records),
        lambda records: records.count(),
        lambda records: records.update(size=1),
        lambda records: records.update_one(upsert=True, size=1),
        lambda records: records.modify(size=1),
        lambda records: records.delete(),
        lambda records: records.distinct("size"),
        lambda records: list(records.aggregate([])),
        lambda records: records.insert(ThingRecord(key="x", store=ObjectId())),
        lambda records: records.in_bulk(["x"]),
        lambda records: records(store__in=[ObjectId(), ObjectId()]).first(),
        lambda records: records(Q(store=ObjectId()) | Q(size=1)).first(),
    ],
)
def test_an_operation_that_names_no_store_is_refused(database, operate):
    with pytest.raises(StoreMissingError):
        operate(StoreRecords(ThingRecord, database.db["test_things"]))


def test_a_second_store_in_the_filter_is_refused(mine, other_store):
    with pytest.raises(StoreMissingError):
        mine(store=other_store.id).first()


def test_a_record_of_another_store_is_not_inserted(mine, other_store):
    with pytest.raises(StoreMissingError):
        mine.insert(thing(other_store, "1"))


@pytest.mark.parametrize("operation", ["update", "update_one", "modify"])
def test_a_record_cannot_move_to_another_store(mine, store, other_store, operation):
    mine.insert(thing(store, "1"))
    with pytest.raises(StoreMissingError):
        getattr(mine, operation)(set__store=other_store.id)


def test_a_record_made_by_an_update_carries_its_store(mine, theirs, store):
    made = mine(key=f"{store.id}:new")
    assert made.update_one(upsert=True, colour="red") == 1
    assert made.update_one(upsert=True, colour="blue") == 1
    assert [(row["store"], row["colour"]) for row in mine.as_pymongo()] == [(store.id, "blue")]
    assert theirs.count() == 0


def test_a_record_that_breaks_the_rules_of_its_fields_is_not_inserted(mine, store):
    for wrong in ({"colour": "green"}, {"size": -1}):
        with pytest.raises(ValidationError):
            mine.insert(thing(store, "1", **wrong))
    assert mine.count() == 0


def test_a_key_is_taken_once(mine, store):
    mine.insert(thing(store, "1"))
    with pytest.raises(NotUniqueError):
        mine.insert(thing(store, "1"))


def test_an_error_of_the_database_comes_out_as_the_driver_raised_it(mine):
    with pytest.raises(OperationFailure):
        mine.update(__raw__={"$noSuchOperator": {"size": 1}})


def test_a_class_of_records_alone_reaches_no_database():
    with pytest.raises(ConnectionFailure):
        ThingRecord.objects(store=ObjectId()).first()
    with pytest.raises(ConnectionFailure):
        ThingRecord(key="x", store=ObjectId()).save()


@pytest.fixture
def second_database(database, database_uri):
    """A second database, opened in this process while the first one is in use."""
    name = f"learnerprise_test_{uuid.uuid4().hex[:12]}"
    second = Database.connect(database_uri.replace(database.db.name, name))
    create_indexes(second)
    yield second
    second.client.drop_database(name)
    second.close()


def test_two_databases_in_one_process_do_not_mix(database, second_database, store):
    twin = create_store(second_database, store.name)
    assert find_store(database, store.name) == store != twin == find_store(second_database, store.name)
    assert list_stores(second_database) == [twin]
    pair = create_credential(second_database, twin, "a tool")
    assert check_credential(second_database, *pair).store == twin
    with pytest.raises(UnauthorizedError):
        check_credential(database, *pair)
    records_of(database, ThingRecord, store.id).insert(thing(store, "1"))
    assert records_of(second_database, ThingRecord, store.id).count() == 0


def test_closing_one_database_leaves_the_other_open(database, database_uri, store):
    second = Database.connect(database_uri)
    second.close()
    assert find_store(database, store.name) == store
