"""The embedded server: durable, one per folder, and clear about what it cannot do."""

import signal
import socket
import time
from urllib.parse import urlsplit

import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from lrs.storage.embedded_engine.folder import EmbeddedServerError
from lrs.storage.embedded_engine.process import EmbeddedServer, running_server


@pytest.fixture
def start(tmp_path):
    """Start servers, each over a folder of this test, and stop them at the end."""
    running = []

    def begin(folder=tmp_path):
        server = EmbeddedServer(folder, "64M")
        running.append(server)
        server.start()
        return server

    yield begin
    for server in running:
        server.stop()


@pytest.fixture
def connect():
    clients = []

    def open_client(uri):
        clients.append(MongoClient(uri, w="majority", journal=True, serverSelectionTimeoutMS=1_000))
        return clients[-1]["test"]["rows"]

    yield open_client
    for client in clients:
        client.close()


def process_of(server):
    port = urlsplit(server.uri).port
    listening = [item for item in psutil.net_connections("tcp") if item.status == "LISTEN"]
    return psutil.Process(next(item.pid for item in listening if item.laddr.port == port))


def test_it_stores_and_keeps_over_a_clean_stop(start, connect):
    first = start()
    connect(first.uri).insert_one({"_id": 1})
    first.stop()
    assert connect(start().uri).find_one() == {"_id": 1}


def test_after_a_kill_it_starts_again_by_itself_with_all_that_was_acknowledged(start, connect):
    server = start()
    rows = connect(server.uri)
    acknowledged = []
    for number in range(300):
        rows.insert_one({"_id": number})
        acknowledged.append(number)
    process_of(server).send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    found = []
    while not found and time.monotonic() < deadline:
        try:
            found = [row["_id"] for row in connect(server.uri).find()]
        except PyMongoError:
            time.sleep(0.1)
    assert found == acknowledged


def test_a_folder_in_use_is_refused_and_its_owner_not_disturbed(start, tmp_path):
    owner = start()
    with pytest.raises(EmbeddedServerError, match="in use by another"):
        start()
    assert (tmp_path / "uri").read_text() == owner.uri


def test_a_failed_second_start_leaves_the_first_one_findable(start, tmp_path):
    owner = start()
    rival = EmbeddedServer(tmp_path, "64M")
    with pytest.raises(EmbeddedServerError):
        rival.start()
    rival.stop()
    with running_server("", tmp_path, "64M", attach=True) as uri:
        assert uri == owner.uri


def test_what_goes_on_serving_never_uses_a_database_that_ends_with_another_process(start, tmp_path):
    start()
    with pytest.raises(EmbeddedServerError, match="in use"), running_server("", tmp_path, "64M"):
        pass


def test_an_address_left_behind_by_a_killed_process_is_not_trusted(start, tmp_path):
    owner = start()
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "uri").write_text(owner.uri)
    (folder / "lock").touch()
    with running_server("", folder, "64M", attach=True) as uri:
        assert uri != owner.uri


@pytest.mark.parametrize("inner", ["", "deeper"])
def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path, inner):
    taken = tmp_path / "file"
    taken.write_text("not a folder")
    with (
        pytest.raises(EmbeddedServerError, match=r"cannot be written .*LEARNERPRISE_DATA"),
        running_server("", taken / inner, "64M"),
    ):
        pass


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path):
    with (
        pytest.raises(EmbeddedServerError, match="ended at once"),
        running_server("", tmp_path, "not a size"),
    ):
        pass


def test_a_missing_program_is_told_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("lrs.storage.embedded_engine.process.PROGRAM", "no-such-program")
    with (
        pytest.raises(EmbeddedServerError, match=r"learnerprise\[embedded\]"),
        running_server("", tmp_path, "64M"),
    ):
        pass


def test_nothing_runs_and_no_port_is_open_after_a_stop(start, tmp_path):
    server = start()
    process = process_of(server)
    port = urlsplit(server.uri).port
    server.stop()
    assert not process.is_running()
    assert not (tmp_path / "uri").exists()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def test_a_named_database_is_used_as_it_is(tmp_path):
    with running_server("mongodb://example.org/x", tmp_path, "64M") as uri:
        assert uri == "mongodb://example.org/x"
    assert list(tmp_path.iterdir()) == []


def test_a_stale_note_of_a_dead_server_is_passed_over(start, tmp_path):
    (tmp_path / "uri").write_text("mongodb://127.0.0.1:1/learnerprise?directConnection=true")
    with running_server("", tmp_path, "64M") as uri, MongoClient(uri) as client:
        assert client.admin.command("ping")["ok"] == 1
