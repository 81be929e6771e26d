"""Nothing of one store is seen or touched from another: by the code, and over every endpoint."""

import ast
import json
import re
import uuid

import pymongo
import pytest

from lrs.storage.tenancy import Replacement, StoreCollection, UnscopedOperationError, Update

ALLOWED = {
    ("lrs/storage/stored_time.py", "clock_marks"),  # the marks of all processes
    ("lrs/storage/definition_changes.py", "definition_changes"),  # whose `_id` is the store
    ("lrs/storage/erased.py", "erasure_keys"),  # whose `_id` is the store
    ("lrs/storage/erasures.py", "COLLECTION"),  # which of all stores have not finished
    ("lrs/storage/usage.py", "store_usage"),  # whose `_id` is the store
    ("lrs/storage/counters.py", "counters"),
    ("lrs/storage/counters.py", "service_secrets"),
    ("lrs/storage/counters.py", "collection"),  # numbers and secrets of the service
    ("lrs/storage/rate_limits.py", "COLLECTION"),  # counters of credentials, which name the store
    ("lrs/storage/attachments.py", "UPLOADS"),  # the sweep of uploads that were never finished
    ("lrs/storage/statements/sweeping.py", "NOTES"),  # the sweep of what was left behind
    ("lrs/storage/tenancy.py", "name"),  # where a store is added to everything
    ("lrs/storage/record_sets.py", "record._get_collection_name()"),  # where records are bound to a store
    ("lrs/storage/records.py", "name"),  # creating indexes
    ("recommender/storage/records.py", "name"),
    ("recommender/storage/answers.py", "COLLECTION"),  # which answers of all stores are waited for
}
GLOBAL_RECORDS = {"StoreRecord", "CredentialRecord"}


def collections_touched(tree):
    """Yield how each `something.db[...]` in a module names its collection."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "db"
        ):
            yield ast.unparse(node.slice).strip("'\"")


def test_no_collection_is_touched_without_a_store_but_those_named_here(modules):
    touched = {(path, name) for path, tree in modules.items() for name in collections_touched(tree)}
    assert touched == ALLOWED


def test_no_other_way_around_the_store_is_used(modules):
    ways = {"get_collection", "_get_collection", "get_db", "get_database", "command"}
    used = {
        (path, node.attr)
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ways
    }
    assert used <= {
        ("lrs/storage/stored_time.py", "command"),
        ("lrs/storage/database.py", "command"),
        ("lrs/storage/embedded_engine/process.py", "command"),
        ("lrs/storage/embedded_engine/users.py", "command"),
        ("lrs/storage/embedded_engine/copying.py", "command"),
        ("lrs/storage/mongodb_engine.py", "command"),
        ("lrs/resources/health.py", "command"),
    }


def test_only_stores_and_credentials_are_asked_for_without_a_store(modules):
    names = {"records_of", "records_of_all_stores", "Records", "StoreRecords", "QuerySet", "QuerySetNoCache"}
    calls = {
        (path, node.func.id, ast.unparse(node.args[1]))
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    }
    of_all_stores = {call for call in calls if call[1] == "records_of_all_stores"}
    assert of_all_stores == {
        ("lrs/storage/stores.py", "records_of_all_stores", record) for record in GLOBAL_RECORDS
    }
    unbound = {path for path, name, _ in calls if name not in {"records_of", "records_of_all_stores"}}
    assert unbound == {"lrs/storage/record_sets.py"}


def test_no_record_is_reached_through_its_class(modules):
    ways = {"objects", "reload", "switch_db"}  # `save` has no connection to go by
    used = {
        (path, node.attr)
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ways
    }
    assert used == set()


def test_every_method_of_a_store_collection_adds_the_store(database, store, other_store):
    name = f"things_{uuid.uuid4().hex}"
    mine, theirs = (StoreCollection(database.db[name], each.id) for each in (store, other_store))
    mine.insert_many([{"n": n} for n in range(3)])
    assert theirs.find({}) == [] == list(theirs.iterate({}))
    assert theirs.find_one({}) is None
    assert theirs.count({}) == 0 == theirs.update_many({}, {"$set": {"n": 9}}) == theirs.delete_many({})
    assert theirs.update_one({}, {"$set": {"n": 9}}) == 0
    assert list(theirs.aggregate({}, [{"$match": {}}])) == []
    assert list(theirs.find_among("n", [0, 1, 2])) == []
    assert [row["n"] for row in mine.find_among("n", [1, 7])] == [1]
    assert sorted(row["n"] for row in mine.iterate({})) == [0, 1, 2]
    assert {row["store"] for row in database.db[name].find()} == {store.id}


@pytest.fixture
def things(database, store, other_store):
    """One collection as each of two stores has it."""
    name = f"things_{uuid.uuid4().hex}"
    return tuple(StoreCollection(database.db[name], each.id) for each in (store, other_store))


def test_every_operation_of_a_bulk_carries_the_store(things, database, store, other_store):
    mine, theirs = things
    mine.insert_many([{"_id": n, "n": n} for n in range(3)])
    theirs.bulk_write(
        [
            Update({"_id": 0}, {"$set": {"n": 9}}),
            Update({}, {"$inc": {"n": 9}}),
            Replacement({"_id": 1}, {"n": 9}),
            Replacement({"n": 2}, {"n": 9, "store": other_store.id}),
        ]
    )
    assert sorted(row["n"] for row in mine.find({})) == [0, 1, 2]
    mine.bulk_write([Replacement({"_id": 1}, {"n": 7, "store": other_store.id})])
    assert mine.find({"_id": 1}) == [{"_id": 1, "n": 7, "store": store.id}]


@pytest.mark.parametrize(
    "operation",
    [
        pymongo.InsertOne({"n": 1}),
        pymongo.UpdateOne({}, {"$set": {"n": 9}}),
        pymongo.UpdateMany({}, {"$set": {"n": 9}}),
        pymongo.ReplaceOne({}, {"n": 9}),
        pymongo.DeleteOne({}),
        pymongo.DeleteMany({}),
        {"q": {}, "u": {}},
        None,
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_an_operation_that_carries_no_store_is_refused_with_all_beside_it(things, operation):
    mine, theirs = things
    mine.insert_many([{"n": 1}])
    for collection in (mine, theirs):
        with pytest.raises(UnscopedOperationError):
            collection.bulk_write([Update({}, {"$set": {"n": 2}}), operation])
    assert [row["n"] for row in mine.find({})] == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"$set": {"store": None}},
        {"$set": {"store.part": 1}},
        {"$unset": {"store": ""}},
        {"$rename": {"n": "store"}},
        {"$setOnInsert": {"store": None}},
        {"n": 9},
        [{"$set": {"store": None}}],
    ],
    ids=str,
)
def test_no_update_takes_a_document_out_of_its_store(things, change):
    mine, _ = things
    mine.insert_many([{"n": 1}])
    ways = (
        lambda: mine.update_one({}, change),
        lambda: mine.update_one({"n": 5}, change, upsert=True),
        lambda: mine.update_many({}, change),
        lambda: mine.bulk_write([Update({}, change)]),
    )
    for way in ways:
        with pytest.raises(UnscopedOperationError):
            way()
    assert [row["n"] for row in mine.find({})] == [1]


@pytest.mark.parametrize(
    "stage",
    [
        {"$lookup": {"from": "statements", "localField": "n", "foreignField": "n", "as": "all"}},
        {"$graphLookup": {"from": "statements", "startWith": "$n", "connectFromField": "n"}},
        {"$unionWith": {"coll": "statements"}},
        {"$facet": {"all": [{"$lookup": {"from": "statements", "pipeline": [], "as": "all"}}]}},
        {"$merge": {"into": "statements"}},
        {"$out": "statements"},
        {"$collStats": {}},
        {"$match": {}, "$out": "statements"},
    ],
    ids=lambda stage: next(iter(stage)),
)
def test_an_aggregation_reaches_no_other_documents(things, stage):
    mine, _ = things
    with pytest.raises(UnscopedOperationError):
        mine.aggregate({}, [stage])


def test_no_module_writes_into_private_parts_of_the_driver(modules):
    private = {"_filter", "_doc"}
    touched = {
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in private
    }
    assert touched == set()


def test_a_filter_cannot_name_another_store(database, store, other_store):
    name = f"things_{uuid.uuid4().hex}"
    mine, theirs = (StoreCollection(database.db[name], each.id) for each in (store, other_store))
    mine.insert_many([{"_id": 1, "n": 1}])
    for condition in ({"store": store.id}, {"_id": 1}, {"_id": {"$in": [1]}}, {"store": {"$exists": True}}):
        assert theirs.find(condition) == []
    assert list(theirs.find_by_ids([1])) == []


ADA = {"mbox": "mailto:ada@example.org"}
MARK = "Confidential"


@pytest.fixture
def filled(client):
    """Put a Statement with a mark in every text into the test's store; give its id and a `more` token."""
    statements = [
        {
            "id": str(uuid.uuid4()),
            "actor": {**ADA, "name": f"{MARK} Ada"},
            "verb": {"id": "https://example.org/v", "display": {"en": MARK}},
            "object": {"id": "https://example.org/o", "definition": {"name": {"en": MARK}}},
            "context": {"registration": "e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52bb"},
        }
        for _ in range(3)
    ]
    assert client.post("/xapi/statements", json=statements).status_code == 200
    more = client.get("/xapi/statements?limit=1").json()["more"]
    return statements[0], re.search("more=(.*)", more)[1]


QUERIES = [
    {},
    {"statementId": "ID"},
    {"voidedStatementId": "ID"},
    {"agent": json.dumps(ADA)},
    {"agent": json.dumps(ADA), "related_agents": "true"},
    {"verb": "https://example.org/v"},
    {"activity": "https://example.org/o"},
    {"activity": "https://example.org/o", "related_activities": "true"},
    {"registration": "e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52bb"},
    {"format": "canonical"},
    {"format": "ids"},
    {"attachments": "true"},
    {"ascending": "true"},
    {"since": "2000-01-01T00:00:00Z"},
    {"more": "MORE"},
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_no_query_sees_the_statements_of_another_store(make_client, other_store, filled, query):
    statement, token = filled
    filled_in = {"ID": statement["id"], "MORE": token}
    params = {name: filled_in.get(value, value) for name, value in query.items()}
    answer = make_client(of=other_store).get("/xapi/statements", params=params)
    assert answer.status_code in (200, 400, 403, 404)
    assert MARK not in answer.text
    assert statement["id"] not in answer.text or "ID" in query.values()


def test_no_route_shows_anything_of_another_store(make_client, other_store, filled, routes):
    foreign = make_client(of=other_store)
    likely = [
        {},
        {"agent": json.dumps(ADA)},
        {"activityId": "https://example.org/o"},
        {"activityId": "https://example.org/o", "agent": json.dumps(ADA)},
    ]
    for path, methods in routes:
        for query in likely * ("GET" in methods):
            answer = foreign.get(path, params=query)
            assert MARK not in answer.text, f"{path} {query}"


def test_writing_with_another_store_changes_nothing_here(client, make_client, other_store, filled):
    statement, _ = filled
    foreign = make_client(of=other_store)
    void = {
        "actor": ADA,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": statement["id"]},
    }
    defaced = {**statement, "verb": {"id": "https://example.org/other"}}
    defaced["object"] = {"id": "https://example.org/o", "definition": {"name": {"en": "Defaced"}}}
    before = client.get("/xapi/statements", params={"format": "canonical"}).content
    assert foreign.post("/xapi/statements", json=[void, defaced]).status_code == 200
    assert client.get("/xapi/statements", params={"format": "canonical"}).content == before
