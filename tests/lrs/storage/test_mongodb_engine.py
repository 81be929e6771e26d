"""What the engine for MongoDB costs, in queries of the driver."""

import itertools
from collections import Counter

import pymongo
import pytest
from bson import Binary
from pymongo.monitoring import CommandListener

from lrs.storage.attachments import CHUNK_BYTES, AttachmentFile, AttachmentsRepository
from lrs.storage.database import Database
from lrs.storage.mongodb_engine import MongodbEngine
from lrs.storage.statement_documents import HIGHEST_SEQ, SeqRange
from lrs.storage.statement_filters import StatementFilter
from lrs.storage.statements.read import StatementReads
from lrs.storage.transactions import WriteSize

MANY = 3_000
RARE = "mbox|mailto:rare@example.org"
EVERYTHING = SeqRange(b"\0" * 14, HIGHEST_SEQ)


class Counting(CommandListener):
    """Counts the commands that the driver sends."""

    def __init__(self):
        self.sent = Counter()

    def started(self, event):
        if not event.command_name.startswith("sasl"):  # signing in a new connection is no question
            self.sent[event.command_name] += 1

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


@pytest.fixture
def counting():
    return Counting()


@pytest.fixture
def mongodb(database, database_uri, counting):
    """The test database through the engine for MongoDB, with a driver that counts."""
    client = pymongo.MongoClient(database_uri, event_listeners=[counting])
    yield Database(client, database.db.name, MongodbEngine)
    client.close()


def row(store, number, agent):
    key = number.to_bytes(14, "big")
    return {
        "_id": Binary(store.id.binary + key + b"\0\0"),
        "seq": Binary(key),
        "stored": number,
        "timestamp": number,
        "verbs": ["https://example.org/v"],
        "agents": [agent],
        "voided": False,
        "text": b"{}",
    }


@pytest.fixture
def few_among_many(database, store):
    """An Agent with the three oldest of very many Statements."""
    rows = [row(store, number, RARE if number <= 3 else f"mbox|{number}") for number in range(1, MANY + 1)]
    database.collection("statements", store.id).insert_many(rows)


@pytest.mark.usefixtures("few_among_many")
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("limit", [1, 101])
@pytest.mark.parametrize("verb", [None, "https://example.org/v"])
def test_a_page_of_a_rare_filter_among_many_statements_is_one_query(
    mongodb, counting, store, ascending, limit, verb
):
    reads = StatementReads(mongodb, store.id)
    wanted = StatementFilter(agent=RARE, verb=verb)
    found = reads.query_statements(wanted, EVERYTHING, ascending=ascending, limit=limit)
    assert (len(found.statements), found.has_more) == (min(limit, 3), limit < 3)
    assert counting.sent == {"find": 1}


@pytest.mark.usefixtures("few_among_many")
def test_the_statements_of_an_agent_are_one_query(mongodb, counting, store):
    assert len(list(StatementReads(mongodb, store.id).statements_of_agent(RARE, b""))) == 3
    assert counting.sent == {"find": 1}


@pytest.mark.usefixtures("few_among_many")
def test_the_feed_is_one_query_a_batch(mongodb, counting, store):
    found = list(StatementReads(mongodb, store.id).iterate_statements(EVERYTHING, 1000))
    assert len(found) == MANY
    assert counting.sent["find"] <= MANY // 1000 + 1


@pytest.mark.real_mongodb
@pytest.mark.usefixtures("few_among_many")
def test_mongodb_itself_looks_at_no_more_than_the_matches(mongodb, database, store):
    rows = database.db["statements"]
    wanted = {"agents": RARE, "voided": False, "store": store.id, "seq": {"$gt": b"", "$lte": HIGHEST_SEQ}}
    stats = rows.find(wanted).sort("seq", -1).limit(101).explain()["executionStats"]
    assert stats["nReturned"] == 3
    assert stats["totalKeysExamined"] <= 4
    assert stats["totalDocsExamined"] == 3


def test_an_attachment_is_streamed_by_one_cursor(mongodb, counting, store):
    repository = AttachmentsRepository(mongodb, store.id)
    content = bytes(itertools.islice(itertools.cycle(range(251)), 9 * CHUNK_BYTES + 5))
    file = AttachmentFile(repository.begin_upload(), "ab" * 32, len(content))
    repository.write_chunks(file.file_id, [content])
    mongodb.in_transaction(WriteSize(0, 0), lambda session: repository.publish([file], session))
    counting.sent.clear()
    assert b"".join(repository.read_chunks(file)) == content
    assert counting.sent["find"] == 1
    assert counting.sent["getMore"] <= 3


def test_a_missing_chunk_is_an_error_and_no_shorter_content(mongodb, store):
    repository = AttachmentsRepository(mongodb, store.id)
    file = AttachmentFile(repository.begin_upload(), "ab" * 32, 3 * CHUNK_BYTES)
    repository.write_chunks(file.file_id, [bytes(3 * CHUNK_BYTES)])
    mongodb.collection("attachments.chunks", store.id).delete_many({"n": 1})
    with pytest.raises(OSError, match="chunk 1"):
        list(repository.read_chunks(file))


def test_a_batch_has_no_budget(mongodb, store):
    assert mongodb.in_transaction(WriteSize(10**6, 10**12, 10**9), lambda session: "done") == "done"
    with mongodb.engine.room(WriteSize(10**6, 10**12, 10**9)):
        pass
    assert list(mongodb.engine.parts([1, 2, 3])) == [[1, 2, 3]]
