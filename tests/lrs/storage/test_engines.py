"""Both engines give the same pages of the same Statements, for every filter and direction, through every `more`."""

import json
import time
import uuid
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.stores import create_store
from lrs.config import Settings
from lrs.statements.feed import iterate_statements, statements_of_agents
from lrs.statements.querying import StatementReader
from lrs.statements.storing import StatementWriter
from lrs.storage.database import Database
from lrs.storage.embedded_engine.engine import EmbeddedEngine
from lrs.storage.mongodb_engine import MongodbEngine
from lrs.storage.stored_time import now_us, read_consistent_through
from schemas.queries import StatementQuery
from schemas.timestamps import parse_timestamp
from schemas.versions import XAPI_1_0_3

PATIENCE_S = 60

NUMBERS = st.integers(0, 2)
REGISTRATIONS = [f"e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52b{number}" for number in range(3)]


def person(number):
    return {"mbox": f"mailto:{number}@example.org"}


def identifier(number):
    return f"mbox|mailto:{number}@example.org"


def nugget(number):
    return {"id": f"https://example.org/nuggets/{number}"}


def verb(number):
    return f"https://example.org/verbs/{number}"


@st.composite
def batches(draw):
    """Statements in batches, of which some point at others, stored already or later, and some void them."""
    ids = [
        str(uuid.UUID(int=draw(st.integers(0, 2**128 - 1)), version=4))
        for _ in range(draw(st.integers(1, 24)))
    ]
    made = [draw(statements(name, st.sampled_from(ids))) for name in dict.fromkeys(ids)]
    made = draw(st.permutations(made))
    cuts = sorted(draw(st.sets(st.integers(1, len(made)), max_size=4)) | {len(made)})
    return [made[low:high] for low, high in zip([0, *cuts], cuts, strict=False) if low < high]


@st.composite
def statements(draw, name, targets):
    statement = {"id": name, "actor": person(draw(NUMBERS)), "verb": {"id": verb(draw(NUMBERS))}}
    statement["object"] = nugget(draw(NUMBERS))
    context = {}
    if draw(st.booleans()):
        context["instructor"] = person(draw(NUMBERS))
    if draw(st.booleans()):
        context["contextActivities"] = {"parent": [nugget(draw(NUMBERS))]}
    if draw(st.booleans()):
        context["registration"] = REGISTRATIONS[draw(NUMBERS)]
    kind = draw(st.sampled_from(["plain", "plain", "plain", "reference", "void"]))
    if kind != "plain":
        statement["object"] = {"objectType": "StatementRef", "id": draw(targets)}
        context = {}
    if kind == "void":
        statement["verb"] = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    return {**statement, **({"context": context} if context else {})}


QUERIES = st.builds(
    StatementQuery,
    verb=st.none() | NUMBERS.map(verb),
    agent=st.none() | NUMBERS.map(identifier),
    related_agents=st.booleans(),
    activity=st.none() | NUMBERS.map(lambda number: nugget(number)["id"]),
    related_activities=st.booleans(),
    registration=st.none() | st.sampled_from(REGISTRATIONS),
    ascending=st.booleans(),
    limit=st.sampled_from([1, 3, 20, 50]),
    since=st.just(None),
    until=st.just(None),
)


class Through:
    """A clock of readers to which everything is visible: one process stores all here."""

    def newest_consistent_through(self, store):
        return 2**62


@pytest.fixture(scope="module")
def engines(database):
    """The same database through each engine; landmarks lie so close that pages span several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrs.storage.embedded_engine.landmarks.STATEMENTS_PER_LANDMARK", 3)
        patch.setattr("lrs.storage.embedded_engine.landmarks.REFRESH_EVERY_S", 0.0)
        yield [Database(database.client, database.db.name, kind) for kind in (EmbeddedEngine, MongodbEngine)]


def all_texts(reader, query, credential):
    """Yield page after page, as `more` leads through them."""
    page = reader.query_statements(query, credential, lambda languages: languages[0])
    yield page.texts
    while page.next_token:
        _, page = reader.continue_query(page.next_token, credential, lambda languages: languages[0])
        yield page.texts


def _wait_until_all_may_be_read(database, store):
    """Feeds end at the time up to which everything is visible, which follows a moment after the last write."""
    written, deadline = now_us(), time.monotonic() + PATIENCE_S
    while read_consistent_through(database, store.id) <= written:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stored=batches(), queries=st.lists(QUERIES, min_size=4, max_size=12), cut=st.integers(0, 24))
def test_pages_and_feeds_are_the_same(engines, database, service, stored, queries, cut):
    store = create_store(database, f"engines-{uuid.uuid4().hex}")
    credential = check_credential(database, *create_credential(database, store, "test"))
    writers = [StatementWriter(engine, Settings(), service.clock) for engine in engines]
    for number, batch in enumerate(stored):  # each engine stores some of the batches
        writers[number % 2].store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)
    readers = [StatementReader(engine, Settings(), Through()) for engine in engines]
    ours, plain = (list(all_texts(reader, StatementQuery(limit=50), credential)) for reader in readers)
    assert ours == plain
    stored_at = [json.loads(text)["stored"] for page in ours for text in page]
    for query in queries:
        bound = {"since": _us(stored_at, cut)} if cut % 2 else {"until": _us(stored_at, cut)}
        for asked in (query, replace(query, **bound)):
            ours, plain = (list(all_texts(reader, asked, credential)) for reader in readers)
            assert ours == plain
    _wait_until_all_may_be_read(database, store)
    feeds = [list(iterate_statements(database, store.id, batch=7)) for database in engines]
    assert feeds[0] == feeds[1]
    for seq in [b"", *[item.seq for item in feeds[0][cut : cut + 1]]]:
        found = [
            list(statements_of_agents(database, store.id, [identifier(0), identifier(1)], seq))
            for database in engines
        ]
        assert found[0] == found[1]


def _us(stored_at, cut):
    return parse_timestamp(stored_at[cut % len(stored_at)]) if stored_at else 0


@pytest.mark.parametrize("kind", [EmbeddedEngine, MongodbEngine])
def test_what_is_kept_of_an_attachment_is_streamed_in_order(database, store, kind):
    chunks = database.collection("attachments.chunks", store.id)
    chunks.insert_many([{"files_id": "one", "n": n, "data": b"%d" % n} for n in (3, 0, 2, 1)])
    chunks.insert_many([{"files_id": "other", "n": 0, "data": b"x"}])
    read = kind(database).read_chunks(chunks, "one", 4)
    assert [bytes(row["data"]) for row in read] == [b"0", b"1", b"2", b"3"]
