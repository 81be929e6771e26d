"""What the embedded server writes beside the data stays small, and is gone through quickly after a kill."""

import os
import signal
import time

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from lrs.storage.embedded_engine.process import STARTS_WITHIN_S, EmbeddedServer

WRITTEN_BYTES = 400_000_000
DOCUMENT_BYTES = 1_000_000
MOST_BESIDE_THE_DATA = 250_000_000


@pytest.fixture
def server(tmp_path):
    running = EmbeddedServer(tmp_path, "256M")
    running.start()
    yield running
    running.stop()


def bytes_of(folder):
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _number(rows):
    try:
        return rows.find_one({"_id": 1}, ["number"])["number"]
    except PyMongoError:
        return None


def test_one_document_written_again_and_again_does_not_fill_the_disk(server, tmp_path, until):
    with MongoClient(server.uri, w="majority", journal=True, retryWrites=False) as client:
        rows = client["test"]["documents"]
        rows.insert_one({"_id": 1})
        for number in range(WRITTEN_BYTES // DOCUMENT_BYTES):
            body = {"number": number, "body": os.urandom(DOCUMENT_BYTES)}
            rows.update_one({"_id": 1}, {"$set": body})
        until(lambda: bytes_of(tmp_path / "database") < MOST_BESIDE_THE_DATA, "the journal to be cut")
        os.kill(server.pid, signal.SIGKILL)
        began = time.monotonic()
        until(lambda: _number(rows) == number, "the last document")
        assert time.monotonic() - began < STARTS_WITHIN_S
