"""Every query of the xAPI has an index that serves it: equality first, then the order key, then nothing to sort.

Nobody can run `explain()` without a real MongoDB; this derives from filter and sort what a planner needs.
"""

import itertools

import pytest

from lrs.storage.embedded_engine.engine import EmbeddedEngine
from lrs.storage.records import INDEXES, RECORDS, STATEMENT_INDEXES
from lrs.storage.statement_filters import StatementFilter, build_condition
from recommender.storage import records as recommending

CRITERIA = {
    "verb": {"verb": "v"},
    "agent": {"agent": "a"},
    "related agent": {"agent": "a", "related_agents": True},
    "activity": {"activity": "x"},
    "related activity": {"activity": "x", "related_activities": True},
    "registration": {"registration": "r"},
}


def keys_of(index):
    return tuple(index.document["key"])


def needed_by(wanted):
    """Derive the index from the part of the filter that must be served by one: store, equality, order key."""
    equalities = build_condition(wanted).indexed
    assert all(isinstance(value, str) for value in equalities.values())
    return ("store", *equalities, "seq")


DECLARED = {keys_of(index) for index in STATEMENT_INDEXES}


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA.keys())
@pytest.mark.parametrize("credential", [None, "someone"])
def test_a_query_with_one_filter_has_its_index(criterion, credential):
    wanted = StatementFilter(credential=credential, **criterion)
    assert needed_by(wanted) in DECLARED
    assert len(needed_by(wanted)) == 3


@pytest.mark.parametrize("credential", [None, "someone"])
def test_a_query_without_filter_has_its_index(credential):
    assert needed_by(StatementFilter(credential=credential)) == ("store", "seq")
    assert ("store", "seq") in DECLARED


@pytest.mark.parametrize("names", list(itertools.combinations(CRITERIA, 2)), ids=" and ".join)
def test_a_query_with_several_filters_is_served_by_the_index_of_one(names):
    together = StatementFilter(**{key: value for name in names for key, value in CRITERIA[name].items()})
    assert needed_by(together) in DECLARED


def test_no_index_is_declared_that_no_query_needs():
    assert {needed_by(StatementFilter(**criterion)) for criterion in [{}, *CRITERIA.values()]} == DECLARED


def test_statements_have_fewer_than_ten_indexes():
    assert len(STATEMENT_INDEXES) + 1 < 10  # with that of `_id`


DOCUMENT = ("kind", "activity", "agent", "registration", "document_id")
"""The key of a document; each of its resources names its kind, and null for what it has not."""

SHAPES = {
    "a document": ("documents", DOCUMENT, ()),
    "the documents of a context": ("documents", DOCUMENT[:-1], ()),
    "the State documents of every registration": ("documents", DOCUMENT[:-2], ()),
    "references to a Statement": ("statement_references", ("target",), ()),
    "the landmarks of a range": ("landmarks", (), ("seq",)),
    "the definition of an Activity": ("activities", ("activity",), ()),
    "the file of a hash": ("attachments.files", ("sha2",), ()),
    "a chunk of a file": ("attachments.chunks", ("files_id", "n"), ()),
    "the chunks of a file": ("attachments.chunks", ("files_id",), ()),
    "the persona of an identifier": ("personas", ("keys",), ()),
    "the refusals since a day": ("refusals", (), ("day",)),
    "the views of pages since a day": ("page_views", (), ("day",)),
    "the blocks of the audit": ("audit", (), ("number",)),
    "the blocks of the audit about a person": ("audit", ("about",), ("number",)),
    "the credentials of a store": ("credentials", (), ("created_us",)),
    "the newest interactions of a learner": ("interactions", ("persona",), ("at",)),
    "the newest interactions about a learner": ("interactions", ("peer",), ("at",)),
    "the interactions of a Statement": ("interactions", ("statement_id",), ()),
    "the replies to a post": ("interactions", ("about",), ()),
    "the makers of a post": ("interactions", ("item", "makes_post"), ()),
    "the newest takes of a store": ("interactions", (), ("seq",)),
    "the nuggets about which something was taken back": ("harvested_nuggets", (), ("dropped",)),
    "who completed an item": ("interactions", ("item",), ()),
    "the newest acts in a course": ("interactions", ("within",), ("at",)),
    "the interactions of a day": ("interactions", (), ("at",)),
    "what was taken back": ("interactions", (), ("undoes",)),
    "the rollup of a day": ("insight_days", ("day",), ("part",)),
    "the versions of a day": ("insight_versions", ("day",), ("part",)),
    "the changed days": ("insight_marks", (), ()),
    "the answers of a store": ("insight_answers", (), ()),
    "the newest acts of a verb": ("interactions", ("verb",), ("at",)),
    "the dead links": ("link_checks", ("is_dead",), ()),
    "the searches of a learner": ("searches", ("persona",), ()),
    "the searches of a time": ("searches", (), ("at",)),
    "the features of a learner": ("user_features", ("persona",), ()),
    "the learners of a source": ("user_features", ("sources",), ()),
    "the learner of a feed": ("own_settings", ("feed",), ()),
    "the learners who want a weekly mail": ("own_settings", (), ("mail",)),
    "the people who want a monthly report": ("own_settings", (), ("report_mail",)),
    "the learners who asked to be erased": ("own_settings", (), ("erasure_asked",)),
    "the saved queries of somebody": ("saved_queries", ("owner",), ("_id",)),
    "the shared queries": ("saved_queries", ("shared",), ("_id",)),
    "the introductions that a learner asked for": ("introductions", ("asker",), ()),
    "the introductions that a learner is asked about": ("introductions", ("asked",), ()),
    "the newest models": ("models", (), ("version",)),
    "an array of a model": ("model_arrays", ("version", "name"), ("part",)),
    "the arrays of a model": ("model_arrays", ("version",), ()),
}
"""Where a query looks beside the store, by which equalities, and in which order or range."""

OF_THE_SERVICE = {
    "attachment_uploads": {"begun"},
    "rate_limits": {"expireAt"},
    "refusals": {"store", "expires"},
    "page_views": {"store", "expires"},
    "audit": {"store", "expires"},
    "sessions": {"store", "expires"},
    "sign_in_links": {"expires"},
}
"""What is swept for all stores at once."""


def record_indexes(record):
    return [tuple(key for key, _ in spec["fields"]) for spec in record._meta["index_specs"]]


OF_ENGINES = EmbeddedEngine.indexes
ALL_INDEXES = {
    **{name: [keys_of(index) for index in indexes] for name, indexes in (INDEXES | OF_ENGINES).items()},
    **{name: [keys_of(index) for index in indexes] for name, indexes in recommending.INDEXES.items()},
    **{record._meta["collection"]: record_indexes(record) for record in (*RECORDS, *recommending.RECORDS)},
}


def serves(keys, equalities, order):
    """Equality first, in any order among themselves, then the order key or the range."""
    leading = len(equalities) + 1
    return set(keys[:leading]) == {"store", *equalities} and keys[leading : leading + len(order)] == order


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_other_query_has_its_index_too(shape):
    collection, equalities, order = shape
    assert any(serves(keys, equalities, order) for keys in ALL_INDEXES[collection])


@pytest.mark.parametrize("name", sorted(INDEXES | OF_ENGINES))
def test_every_index_is_led_by_the_store_but_those_of_the_service_itself(name):
    led = {keys[0] for keys in ALL_INDEXES[name]}
    assert led == OF_THE_SERVICE.get(name, {"store"})


@pytest.mark.parametrize("name", sorted(INDEXES | OF_ENGINES))
def test_no_index_is_the_beginning_of_another(name):
    for shorter, longer in itertools.permutations(ALL_INDEXES[name], 2):
        assert longer[: len(shorter)] != shorter


def test_the_indexes_are_there(database):
    for name, indexes in {**INDEXES, **database.engine.indexes}.items():
        found = database.db[name].index_information().values()
        kept = {tuple(key for key, _ in item["key"]) for item in found}
        assert {keys_of(index) for index in indexes} <= kept


@pytest.mark.real_mongodb
@pytest.mark.parametrize("criterion", [{}, *CRITERIA.values()], ids=["none", *CRITERIA])
@pytest.mark.parametrize("direction", [1, -1])
def test_mongodb_itself_sorts_by_the_index(database, store, criterion, direction):
    parts = build_condition(StatementFilter(**criterion))
    condition = {**parts.indexed, **parts.rest, "store": store.id}
    plan = database.db["statements"].find(condition).sort("seq", direction).limit(10).explain()
    stages = str(plan["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in stages
    assert "'SORT'" not in stages
    assert "COLLSCAN" not in stages


@pytest.mark.real_mongodb
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_mongodb_itself_serves_every_other_query_by_an_index(database, store, shape):
    collection, equalities, order = shape
    recommending.create_indexes(database)
    found = database.db[collection].find({"store": store.id, **dict.fromkeys(equalities, "x")})
    plan = found.sort([(key, -1) for key in order] or [("store", 1)]).explain()
    stages = str(plan["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in stages
    assert "'SORT'" not in stages
