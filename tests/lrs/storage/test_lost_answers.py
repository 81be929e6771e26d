"""The connection breaks after a write was sent and before it was answered: the write is looked up, and there once."""

import json
import socket
import threading
from contextlib import suppress

import pytest

from lrs.auth.credentials import check_credential, create_credential
from lrs.config import Settings
from lrs.documents import Documents, Preconditions
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from lrs.storage.statements.read import StatementReads
from schemas.documents import DocumentKey
from schemas.versions import XAPI_1_0_3

KEY = DocumentKey("state", "https://example.org/a", "mbox|mailto:ada@example.org", None, "s")
ANY = frozenset({"*"})


class Proxy:
    """Stands between a client and its database, and breaks the connection that carries a command of one's choice."""

    def __init__(self, host, port):
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.breaks_at = self.before_it_is_sent = None
        self.sent = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, command, *, before_it_is_sent=False):
        self.before_it_is_sent, self.breaks_at, self.sent = before_it_is_sent, command.encode() + b"\0", []

    def close(self):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                answered = threading.Event()
                threading.Thread(target=self._ask, args=[near, far, answered], daemon=True).start()
                threading.Thread(target=self._answer, args=[near, far, answered], daemon=True).start()

    def _ask(self, near, far, losing):
        with suppress(OSError):
            while data := near.recv(1 << 20):
                command, wanted = data[26:60], self.breaks_at
                if wanted and command.startswith(wanted):
                    self.sent.append(wanted)
                    if len(self.sent) == 1:
                        losing.set()
                        if self.before_it_is_sent:
                            break
                far.sendall(data)
        if not losing.is_set() or self.before_it_is_sent:
            _close(near, far)

    def _answer(self, near, far, losing):
        with suppress(OSError):
            while (data := far.recv(1 << 20)) and not losing.is_set():
                near.sendall(data)
        _close(near, far)


def _close(*ends):
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture
def proxy(database_uri):
    host, port = database_uri.split("/")[2].split("@")[-1].split(":")
    standing = Proxy(host, int(port))
    yield standing
    standing.close()


@pytest.fixture
def connected(database, database_uri, proxy):
    """A connection through the proxy to a server that is sent no numbered writes."""
    address = database_uri.split("/")[2].split("@")[-1]
    through = Database.connect(database_uri.replace(address, f"127.0.0.1:{proxy.port}"))
    if through.engine.numbered_writes:
        pytest.skip("the driver sends lost writes again by itself")
    yield through
    through.close()


@pytest.fixture
def rows(connected, store):
    return connected.collection("test_lost_answers", store.id)


@pytest.mark.parametrize(("before", "times"), [(False, 1), (True, 2)])
def test_an_insert_is_looked_up_and_sent_again_only_if_it_never_arrived(rows, proxy, before, times):
    proxy.lose("insert", before_it_is_sent=before)
    rows.insert_many(
        [{"_id": f"{rows.store}:{number}", "at": 1.5, "list": [{"a": b"x"}]} for number in range(3)]
    )
    assert rows.count({}) == 3
    assert len(proxy.sent) == times


def test_an_update_is_done_once_more(rows, proxy):
    rows.insert_many([{"n": 1}])
    proxy.lose("update")
    assert rows.update_one({"n": 1}, {"$set": {"text": "new"}}) == 1
    assert [row["text"] for row in rows.find({})] == ["new"]
    assert len(proxy.sent) == 2


def test_a_statement_without_an_id_is_accepted_and_there_once(connected, proxy, store):
    key, secret = create_credential(connected, store, "test")
    credential = check_credential(connected, key, secret)
    service = StatementService(connected, Settings())
    service.start()
    try:
        statement = {
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "https://example.org/verbs/read"},
            "object": {"id": "https://example.org/nuggets/1"},
        }
        proxy.lose("insert")
        service.writer.store_statements(json.dumps(statement).encode(), credential, XAPI_1_0_3)
        assert StatementReads(connected, store.id).count() == 1
    finally:
        service.stop()


def test_a_document_that_must_not_be_there_is_created(connected, proxy, store):
    documents = Documents(connected, store.id, XAPI_1_0_3, 1000)
    proxy.lose("insert")
    documents.put_document(KEY, b"first", "text/plain", Preconditions(if_none_match=ANY))
    assert documents.find_document(KEY).content.body == b"first"
    assert len(proxy.sent) == 1
